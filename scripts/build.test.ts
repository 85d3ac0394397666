import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp, sourcesHash } from './build.mjs'

let outRoot: string
const lines: string[] = []

beforeAll(async () => {
  outRoot = await mkdtemp(join(tmpdir(), 'nostr-dns-build-'))
  await buildApp({
    force: true,
    outRoot,
    entries: { main: 'src-main/main.ts', missing: 'src-main/no-such-entry.ts' },
    tell: (line: string) => void lines.push(line),
  })
}, 60_000)

afterAll(() => rm(outRoot, { recursive: true, force: true }))

function requiredBy(code: string): readonly string[] {
  const found = [...code.matchAll(/\brequire\(\s*["']([^"']+)["']\s*\)/gu)].map(([, name]) => name)
  return [...new Set(found)] as string[]
}

test('the preload script is one CommonJS file that requires only electron', async () => {
  expect(await readdir(join(outRoot, 'preload'))).toEqual(['preload.cjs'])
  const code = await readFile(join(outRoot, 'preload/preload.cjs'), 'utf8')
  expect(requiredBy(code)).toEqual(['electron'])
  expect(code).not.toMatch(/^\s*(import|export)\b/mu)
  expect(code).not.toMatch(/\bimport\(/u)
})

test('main is an ES module that leaves electron to Electron and bundles the rest', async () => {
  const code = await readFile(join(outRoot, 'node/main.js'), 'utf8')
  const imported = [...code.matchAll(/^import .* from "([^"]+)";$/gmu)].map(([, name]) => name)
  expect(imported).toContain('electron')
  expect(imported.filter((name) => !/^(node:|electron$|\.\/)/u.test(name ?? ''))).toEqual([])
})

test('an entry that does not exist is skipped with a line', () => {
  expect(lines).toContain('skip  missing: src-main/no-such-entry.ts does not exist')
})

test('the page is built without inline script or style, which its policy would block', async () => {
  const page = await readFile(join(outRoot, 'renderer/index.html'), 'utf8')
  const html = page.replace(/<!--.*?-->/gsu, '')
  expect(html).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=/u)
  expect(html).not.toMatch(/https?:\/\//u)
})

test('the hash of the sources changes with them and with nothing else', async () => {
  expect(sourcesHash()).toBe(sourcesHash())
  const empty = await mkdtemp(join(tmpdir(), 'nostr-dns-sources-'))
  try {
    expect(sourcesHash(empty)).not.toBe(sourcesHash())
  } finally {
    await rm(empty, { recursive: true, force: true })
  }
})
