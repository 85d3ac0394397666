import { writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { buildSubject } from './lib/build-subject.mjs'
import {
  cpuSeconds,
  machineSeconds,
  median,
  percentile,
  residentMegabytes,
  start,
  stopAll,
} from './lib/processes.mjs'
import { createClient } from './tls-client.mjs'

const outDir = fileURLToPath(new URL('.run/tls', import.meta.url))
/** The npub of the secret key 1. */
const domain = 'npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d.nostr'

const print = (line) => process.stdout.write(`${line}\n`)
const fixed = (value, digits = 2) => value.toFixed(digits)

async function startRole(file, options) {
  // As the engine is started.
  const child = start(process.execPath, ['--max-semi-space-size=2', file, JSON.stringify(options)])
  while (!child.output.includes('\n')) {
    if (child.exitCode !== null) throw new Error(`${options.role} did not start: ${child.output}`)
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  }
  return { child, ...JSON.parse(child.output.split('\n')[0]) }
}

/** Processors' worth of time others may use during a clean round. */
const foreignLimit = 0.25
/** Clean rounds without which a goal is not judged. */
const neededRounds = 5
/** Rounds tried for each clean one that is wanted, and seconds after which no new one begins. */
const patience = 6
const patienceSeconds = { quick: 20, full: 120 }

/**
 * Runs `measure` for each way in turn, in an order that changes every round, until `wanted` rounds
 * were clean or patience ends: on a shared machine quiet moments have to be waited for, and short
 * rounds fit into them. When enough rounds were clean only those are kept; `isClean` says whether
 * that was so.
 */
async function alternate(ways, children, { wanted, quick }, measure) {
  const pids = [process.pid, ...children.map(({ child }) => child.pid)]
  const rows = []
  const endMs = performance.now() + 1000 * (quick ? patienceSeconds.quick : patienceSeconds.full)
  const countClean = () => rows.filter(({ isClean }) => isClean).length
  for (let round = 0; countClean() < wanted && round < wanted * patience; round += 1) {
    if (performance.now() > endMs) break
    const names = Object.keys(ways)
    const row = {}
    const before = { ours: pids.map(cpuSeconds), machine: machineSeconds(), ms: performance.now() }
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      row[name] = await measure(ways[name])
    }
    const elapsed = (performance.now() - before.ms) / 1000
    const machine = machineSeconds()
    const ours = pids.reduce((sum, pid, index) => sum + cpuSeconds(pid) - before.ours[index], 0)
    const busy = machine.busy - before.machine.busy + machine.steal - before.machine.steal
    rows.push({ row, isClean: (busy - ours) / elapsed < foreignLimit })
  }
  const clean = rows.filter(({ isClean }) => isClean)
  const isClean = clean.length >= Math.min(neededRounds, wanted)
  const kept = (isClean ? clean : rows).map(({ row }) => row)
  print(`  ${clean.length} of ${rows.length} rounds without others on the machine`)
  return {
    isClean,
    rounds: rows.length,
    results: Object.fromEntries(
      Object.keys(ways).map((name) => [name, kept.map((row) => row[name])]),
    ),
  }
}

/** Milliseconds of each of `count` calls of `task`. */
async function timed(count, task) {
  const times = []
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now()
    await task()
    times.push(performance.now() - startedMs)
  }
  return times
}

/** Median over the rounds of `via / direct`, each taken from one round. */
function ratioOf(results, valueOf) {
  const values = results.direct.map(
    (direct, index) => valueOf(results.via[index]) / valueOf(direct),
  )
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) }
}

const middle = (times) =>
  percentile(
    times.toSorted((a, b) => a - b),
    0.5,
  )
const late = (times) =>
  percentile(
    times.toSorted((a, b) => a - b),
    0.95,
  )
const show = ({ median: value, low, high }) => `${fixed(value)} [${fixed(low)}-${fixed(high)}]`

/**
 * A new connection, a request on an open one, and a long download, through the terminator and
 * directly, as ratios. Client, terminator and server share this machine, so that the ratios show the
 * processor time the terminator adds; over a real network the server's distance counts once either
 * way.
 */
export async function benchTls({ quick, parts }) {
  const wants = (part) => parts.length === 0 || parts.includes(part)
  const report = {}
  const goals = []
  const check = (text, value, limit, isAtLeast, isClean) => {
    const isMet = isAtLeast ? value >= limit : value <= limit
    goals.push({ text, value, limit, isMet, isClean })
    const note = isClean ? '' : ' (inconclusive: the machine was busy)'
    print(
      `  ${isMet ? 'PASS' : 'FAIL'}  ${text}: ${fixed(value)} (goal ${isAtLeast ? '>=' : '<='} ${limit})${note}`,
    )
  }
  try {
    // In a process of its own: what a build leaves on the heap would slow the client down.
    const file = await buildSubject('tls-subject', outDir)
    const origin = await startRole(file, { role: 'origin', domain, isHttp2: false })
    const originHttp2 = await startRole(file, { role: 'origin', domain, isHttp2: true })
    const proxyTo = ({ port, der }) =>
      startRole(file, { role: 'proxy', originPort: port, certificate: der })
    const proxy = await proxyTo(origin)
    const ways = waysTo(origin, proxy)

    if (wants('connect')) {
      const count = quick ? 40 : 100
      print(`\nNew connection, TLS 1.3, no resumption, one request (${count} a round)`)
      for (const way of Object.values(ways)) await timed(30, () => way.fresh())
      const { results, isClean } = await alternate(
        ways,
        [origin, proxy],
        { wanted: quick ? 4 : 8, quick },
        (way) => timed(count, () => way.fresh()),
      )
      for (const [name, rows] of Object.entries(results)) {
        const all = rows.flat()
        print(`  ${name.padEnd(8)} p50 ${fixed(middle(all))} ms, p95 ${fixed(late(all))} ms`)
      }
      report.connect = ratioOf(results, middle)
      print(`  via / direct ${show(report.connect)}`)
      check('new connection, via / direct', report.connect.median, 2, false, isClean)
    }
    if (wants('keepalive')) {
      const count = quick ? 300 : 1000
      print(`\nRequest on an open connection (${count} a round)`)
      const { results } = await alternate(
        ways,
        [origin, proxy],
        { wanted: quick ? 4 : 8, quick },
        async (way) => {
          const { send, end } = await way.keepAlive()
          await timed(100, send)
          const times = await timed(count, send)
          end()
          return times
        },
      )
      for (const [name, rows] of Object.entries(results)) {
        const all = rows.flat()
        print(`  ${name.padEnd(8)} p50 ${fixed(middle(all), 3)} ms, p95 ${fixed(late(all), 3)} ms`)
      }
      report.keepAlive = ratioOf(results, middle)
      print(`  via / direct ${show(report.keepAlive)}`)
    }
    for (const { part, alpn, server, through } of [
      { part: 'bulk', alpn: 'http/1.1', server: origin, through: proxy },
      { part: 'bulk-h2', alpn: 'h2', server: originHttp2, through: await proxyTo(originHttp2) },
    ]) {
      if (!wants(part)) continue
      const bytes = 128 * 1024 * 1024
      const bulkWays = waysTo(server, through)
      print(`\nDownload of ${bytes / 1024 / 1024} MiB over ${alpn}`)
      // Once each way before it counts: what runs often is compiled by then.
      for (const way of Object.values(bulkWays)) await way.bulk(bytes, alpn)
      const before = cpuSeconds(through.child.pid)
      const { results, isClean, rounds } = await alternate(
        bulkWays,
        [server, through],
        { wanted: quick ? 5 : 15, quick },
        (way) => way.bulk(bytes, alpn),
      )
      const used = cpuSeconds(through.child.pid) - before
      for (const [name, rows] of Object.entries(results)) {
        print(`  ${name.padEnd(8)} best ${fixed(bytes / 1024 / 1024 / Math.min(...rows), 0)} MiB/s`)
      }
      const gibibytes = (bytes * rounds) / 1024 ** 3
      report[part] = ratioOf(results, (seconds) => 1 / seconds)
      print(
        `  via / direct ${show(report[part])}; terminator ${fixed(used / gibibytes)} s of processor a GiB, ` +
          `${fixed(residentMegabytes(through.child.pid), 0)} MB`,
      )
      check(`throughput over ${alpn}, via / direct`, report[part].median, 0.5, true, isClean)
    }
  } finally {
    await stopAll()
  }
  await writeFile(`${outDir}/report.json`, `${JSON.stringify({ report, goals }, null, 2)}\n`)
  return goals.every(({ isMet, isClean }) => isMet || !isClean)
}

function waysTo(origin, proxy) {
  return {
    direct: createClient({ port: origin.port, ca: origin.cert, isProxy: false }, domain),
    via: createClient({ port: proxy.port, ca: proxy.rootPem, isProxy: true }, domain),
  }
}
