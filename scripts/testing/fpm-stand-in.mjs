#!/usr/bin/env node
/**
 * Stands in for fpm, which electron-builder fetches from the internet: takes the arguments that
 * electron-builder gives, makes a real Debian package of them with dpkg-deb, and for other formats
 * only notes them. Beside every package it leaves the arguments as `<package>.json`.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const switches = new Set(['--force', '--debug'])
const short = { '-s': 'source', '-t': 'target', '-d': 'depends' }

/** Options, each with all its values, and files by where they go. */
function read(args) {
  const options = new Map()
  const files = []
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at]
    if (switches.has(word)) continue
    const name = short[word] ?? (word.startsWith('--') ? word.slice(2) : undefined)
    if (name === undefined) {
      const cut = word.indexOf('=')
      files.push({ from: word.slice(0, cut), to: word.slice(cut + 1) })
    } else {
      at += 1
      options.set(name, [...(options.get(name) ?? []), args[at]])
    }
  }
  return { options, files }
}

const { options, files } = read(process.argv.slice(2))
const one = (name) => options.get(name)?.at(-1)
const output = one('package')
writeFileSync(`${output}.json`, JSON.stringify({ options: Object.fromEntries(options), files }))
if (one('target') === 'deb') makeDeb()
else writeFileSync(output, '')

function makeDeb() {
  const tree = mkdtempSync(join(tmpdir(), 'nostr-dns-deb-'))
  try {
    for (const { from, to } of files) {
      const target = join(tree, to)
      mkdirSync(dirname(target), { recursive: true })
      cpSync(from, target, { recursive: true })
      chmodSync(target, statSync(from).mode & 0o777)
    }
    mkdirSync(join(tree, 'DEBIAN'))
    writeFileSync(join(tree, 'DEBIAN/control'), control())
    const scripts = {
      postinst: 'after-install',
      prerm: 'before-remove',
      postrm: 'after-remove',
    }
    for (const [script, option] of Object.entries(scripts)) {
      const source = one(option)
      if (source === undefined) continue
      cpSync(source, join(tree, 'DEBIAN', script))
      chmodSync(join(tree, 'DEBIAN', script), 0o755)
    }
    // mkdtemp makes folders that only their owner can enter.
    chmodSync(tree, 0o755)
    execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, output])
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

function control() {
  const list = (name) => (options.get(name) ?? []).join(', ')
  const [summary, ...rest] = one('description').split('\n')
  const fields = {
    Package: one('name'),
    Version: one('version'),
    Architecture: one('architecture'),
    Maintainer: one('maintainer'),
    Homepage: one('url'),
    Depends: list('depends'),
    Recommends: list('deb-recommends'),
    Description: [summary, ...rest.map((line) => ` ${line.trim()}`)].join('\n'),
  }
  return Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}
