import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSubject } from './lib/build-subject.mjs'
import { median, percentile, start, stop, stopAll } from './lib/processes.mjs'

const outDir = fileURLToPath(new URL('.run/pkarr', import.meta.url))
let file = ''

const print = (line) => process.stdout.write(`${line}\n`)
const fixed = (value, digits = 2) => value.toFixed(digits)
const range = (from, count) => Array.from({ length: count }, (_, index) => from + index)
const ascending = (values) => values.toSorted((a, b) => a - b)

/** The line a role prints first, and the process that printed it. */
async function run(options) {
  const child = start(process.execPath, [file, JSON.stringify(options)])
  while (!child.output.includes('\n')) {
    if (child.exitCode !== null) throw new Error(`${options.role} failed: ${child.output}`)
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  }
  return { child, ...JSON.parse(child.output.split('\n')[0]) }
}

const lookUp = (options) => run({ before: [], isParallel: false, ...options })

/**
 * Look-ups in a DHT of storage nodes on this computer. With every answer 500 ms late only the number
 * of rounds a look-up needs counts, and whether look-ups wait for each other; without that delay, the
 * work done.
 */
export async function benchPkarr({ quick, parts }) {
  const wants = (part) => parts.length === 0 || parts.includes(part)
  const report = {}
  const goals = []
  const check = (text, value, limit) => {
    const isMet = value < limit
    goals.push({ text, value, limit, isMet })
    print(`  ${isMet ? 'PASS' : 'FAIL'}  ${text}: ${fixed(value)} (goal < ${limit})`)
  }
  try {
    file = await buildSubject('pkarr-subject', outDir)
    if (wants('cold')) {
      const { child, door } = await run({ role: 'net', nodes: 50, keys: 30, delayMs: 500 })
      print('\n20 cold look-ups at once, every DHT answer 500 ms late')
      const keys = range(0, 20)
      for (const { name, role, before } of [
        { name: 'one node known', role: 'ours', before: [] },
        { name: 'nodes known', role: 'ours', before: range(25, 2) },
        { name: 'bittorrent-dht, nodes known', role: 'peer', before: range(25, 2) },
      ]) {
        const { times } = await lookUp({ role, door, keys, before, isParallel: true })
        const firstMs = Math.max(...times.map((time) => time.firstMs))
        const endMs = Math.max(...times.map((time) => time.endMs))
        report[`cold: ${name}`] = { firstMs, endMs }
        print(
          `  ${name.padEnd(28)} all answered after ${fixed(firstMs / 1000)} s, all walks over after ${fixed(endMs / 1000)} s`,
        )
        if (role === 'ours') check(`20 cold look-ups, ${name}, seconds`, firstMs / 1000, 1.5)
      }
      await stop(child)
    }
    if (wants('restart')) {
      const directory = await mkdtemp(join(tmpdir(), 'bench-pkarr-'))
      try {
        const options = { directory, keys: range(0, 50) }
        const { child } = await run({ role: 'fill', ...options })
        await once(child, 'exit')
        const { times } = await run({ role: 'restart', ...options })
        const sorted = ascending(times)
        print('\n50 known keys after a restart, without a network')
        print(`  first ${fixed(times[0])} ms, p50 ${fixed(percentile(sorted, 0.5))} ms`)
        report.restart = { firstMs: times[0], p50: percentile(sorted, 0.5) }
        check('first answer after a restart, milliseconds', times[0], 5)
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    }
    if (wants('work')) {
      const count = quick ? 60 : 200
      const { child, door } = await run({ role: 'net', nodes: 50, keys: 10 + count, delayMs: 0 })
      print(`\nLook-ups one after the other in 50 nodes on this computer (${count} a round)`)
      const options = { door, keys: range(10, count), before: range(0, 5) }
      const rows = []
      for (let round = 0; round < (quick ? 3 : 5); round += 1) {
        const row = {}
        for (const role of round % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours']) {
          const { times, cpuMs } = await lookUp({ ...options, role })
          const found = ascending(times.map(({ firstMs }) => firstMs))
          if (found.some(Number.isNaN)) throw new Error(`${role} missed a packet`)
          row[role] = { p50: percentile(found, 0.5), p95: percentile(found, 0.95), cpuMs }
        }
        rows.push(row)
      }
      await stop(child)
      for (const role of ['ours', 'peer']) {
        const of = (field) => fixed(median(rows.map((row) => row[role][field])))
        print(
          `  ${(role === 'ours' ? 'ours' : 'bittorrent-dht').padEnd(16)} first packet p50 ${of('p50')} ms, p95 ${of('p95')} ms, processor ${of('cpuMs')} ms a look-up`,
        )
      }
      for (const field of ['p50', 'cpuMs']) {
        const ratios = rows.map((row) => row.ours[field] / row.peer[field])
        report[`ours / bittorrent-dht, ${field}`] = median(ratios)
        print(
          `  ours / bittorrent-dht, ${field}: ${fixed(median(ratios))} [${fixed(Math.min(...ratios))}-${fixed(Math.max(...ratios))}]`,
        )
      }
    }
  } finally {
    await stopAll()
  }
  await writeFile(`${outDir}/report.json`, `${JSON.stringify({ report, goals }, null, 2)}\n`)
  return goals.every(({ isMet }) => isMet)
}
