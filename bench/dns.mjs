import { writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { drive, ratio, rounds } from './lib/measure.mjs'
import {
  has,
  runDirectory,
  startSubjects,
  startUpstream,
  stopSubjects,
  subjects,
  writeFiles,
  zone,
} from './lib/peers.mjs'
import {
  median,
  percentile,
  residentMegabytes,
  start,
  stop,
  stopAll,
  waitForAnswer,
} from './lib/processes.mjs'

const print = (line) => process.stdout.write(`${line}\n`)
const fixed = (value, digits = 2) => (value === undefined ? '-' : value.toFixed(digits))

function table(results, names) {
  print('  server      qps (median)   x dnsmasq [range]        us CPU/q   lost  NOERROR  clean')
  for (const name of names) {
    const rows = results.map((row) => row[name]).filter(Boolean)
    const relative = ratio(results, name, 'dnsmasq', 'qps')
    print(
      `  ${name.padEnd(10)}${fixed(median(rows.map((row) => row.qps)) / 1000, 1).padStart(10)}k` +
        `${(relative ? `${fixed(relative.median)} [${fixed(relative.low)}-${fixed(relative.high)}]` : '-').padStart(22)}` +
        `${fixed(median(rows.map((row) => row.cpuMicros)), 1).padStart(15)}` +
        `${String(median(rows.map((row) => row.lost))).padStart(8)}` +
        `${`${fixed(median(rows.map((row) => row.okShare)), 1)}%`.padStart(9)}` +
        `${`${rows.filter((row) => row.isClean).length}/${rows.length}`.padStart(7)}`,
    )
  }
}

/** Collects verdicts; a goal without enough clean rounds gets none. */
function createVerdicts() {
  const goals = []
  return {
    goals,
    check(text, value, limit, isAtLeast, clean = true) {
      const state =
        value === undefined || Number.isNaN(value)
          ? 'SKIPPED'
          : (isAtLeast ? value >= limit : value <= limit)
            ? 'PASS'
            : 'FAIL'
      const note = clean || state === 'SKIPPED' ? '' : ' (inconclusive: the machine was busy)'
      goals.push({ text, value, limit, state, clean })
      print(
        `  ${state.padEnd(8)}${text}: ${fixed(value)} (goal ${isAtLeast ? '>=' : '<='} ${limit})${note}`,
      )
    },
  }
}

const isClean = (results, names) =>
  results.filter((row) => names.every((name) => row[name]?.isClean ?? true)).length >= 3

async function cached(options, verdicts, report) {
  print('\nCached answers, 1,000 hot names, saturation')
  const running = await startSubjects(await subjects(10_000))
  const names = Object.keys(running)
  const file = `${runDirectory}/hot.txt`
  for (const name of names) await drive(running[name], file, 0.7)
  const results = await rounds(names, options.rounds, (name) =>
    drive(running[name], file, options.seconds),
  )
  table(results, names)
  report.cached = results
  const qps = (a, b) => ratio(results, a, b, 'qps')?.median
  const cpu = (a, b) => ratio(results, a, b, 'cpuMicros')?.median
  const quiet = isClean(results, names)
  verdicts.check('batched qps / unbound', qps('batched', 'unbound'), 1, true, quiet)
  verdicts.check('batched CPU per query / unbound', cpu('batched', 'unbound'), 1, false, quiet)
  verdicts.check('batched qps / dnsmasq', qps('batched', 'dnsmasq'), 1.25, true, quiet)
  verdicts.check('portable qps / dnsmasq', qps('portable', 'dnsmasq'), 0.5, true, quiet)

  print('\nLatency at 5,000 queries/s, microseconds')
  print('  server          p50      p99')
  report.latency = {}
  for (const name of names) {
    const runs = []
    for (let round = 0; round < options.latencyRounds; round += 1) {
      const { stdout } = await drive(
        running[name],
        file,
        options.latencySeconds,
        [],
        ['-Q', '5000', '-v'],
      )
      const micros = [...stdout.matchAll(/^> NOERROR \S+ \S+ ([\d.]+)$/gm)]
        .map((match) => Number(match[1]) * 1e6)
        .toSorted((a, b) => a - b)
      runs.push({ p50: percentile(micros, 0.5), p99: percentile(micros, 0.99) })
    }
    const best = {
      p50: Math.min(...runs.map((run) => run.p50)),
      p99: Math.min(...runs.map((run) => run.p99)),
    }
    report.latency[name] = { runs, best }
    print(`  ${name.padEnd(10)}${fixed(best.p50, 0).padStart(9)}${fixed(best.p99, 0).padStart(9)}`)
  }
  for (const name of ['batched', 'portable']) {
    verdicts.check(`${name} p99 at 5,000 q/s, ms`, report.latency[name]?.best.p99 / 1000, 2, false)
  }
  await stopSubjects(running)
}

async function forwarding(options, verdicts, report, upstream) {
  print('\nForwarding, every name new, upstream nsd on loopback (dnsmasq with cache off)')
  const running = await startSubjects(await subjects(0))
  const names = Object.keys(running)
  let batch = 0
  const uniqueFile = () => {
    batch += 1
    const file = `${runDirectory}/unique.txt`
    const lines = []
    for (let index = 0; index < options.seconds * 150_000; index += 1) {
      lines.push(`x${batch}-${index.toString(36)}.u.${zone} A\n`)
    }
    writeFileSync(file, lines.join(''))
    return file
  }
  for (const name of names) await drive(running[name], uniqueFile(), 0.7, [upstream])
  const results = await rounds(names, options.rounds, (name) =>
    drive(running[name], uniqueFile(), options.seconds, [upstream]),
  )
  table(results, names)
  report.forwarding = results
  const qps = (a, b) => ratio(results, a, b, 'qps')?.median
  const quiet = isClean(results, names)
  verdicts.check('portable forwarding qps / dnsmasq', qps('portable', 'dnsmasq'), 0.75, true, quiet)
  verdicts.check('batched forwarding qps / dnsmasq', qps('batched', 'dnsmasq'), 2, true, quiet)

  print('\nForwarding latency at 2,000 queries/s, microseconds at p50')
  report.forwardLatency = {}
  const direct = { child: upstream, port: 15353 }
  for (const [name, subject] of [['direct', direct], ...Object.entries(running)]) {
    const values = []
    for (let round = 0; round < options.latencyRounds; round += 1) {
      const { stdout } = await drive(
        subject,
        uniqueFile(),
        options.latencySeconds,
        [],
        ['-Q', '2000', '-v'],
      )
      const micros = [...stdout.matchAll(/^> NOERROR \S+ \S+ ([\d.]+)$/gm)]
        .map((match) => Number(match[1]) * 1e6)
        .toSorted((a, b) => a - b)
      values.push(percentile(micros, 0.5))
    }
    report.forwardLatency[name] = Math.min(...values)
    print(`  ${name.padEnd(10)}${fixed(Math.min(...values), 0).padStart(9)}`)
  }
  for (const [name, limit] of [
    ['portable', 90],
    ['batched', 50],
  ]) {
    const added = report.forwardLatency[name] - report.forwardLatency.direct
    verdicts.check(`${name} added forwarding latency, us`, added, limit, false)
  }
  await stopSubjects(running)
}

async function memory(verdicts, report, upstream) {
  print('\nMemory with 100,000 cached names of 200 octets')
  const { batched } = await subjects(0)
  const running = await startSubjects({ batched })
  const file = `${runDirectory}/memory.txt`
  const lines = Array.from({ length: 100_000 }, (_, index) => `mem${index}.m.${zone} TXT\n`)
  writeFileSync(file, lines.join(''))
  const bare = residentMegabytes(running.batched.child.pid)
  const { lost } = await drive(running.batched, file, 60, [upstream], ['-n', '1'])
  const peak = residentMegabytes(running.batched.child.pid)
  // What the filling itself left behind is collected once the process has been idle for a while.
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  const full = residentMegabytes(running.batched.child.pid)
  print(
    `  before ${fixed(bare, 0)} MB, while filling ${fixed(peak, 0)} MB, settled ${fixed(full, 0)} MB, ${lost} lost`,
  )
  report.memory = { bare, peak, full, lost }
  verdicts.check('RSS with 100,000 names, MB', full, 100, false)
  await stopSubjects(running)
}

async function coldStart(verdicts, report) {
  const { batched } = await subjects(0)
  const times = []
  for (let round = 0; round < 3; round += 1) {
    const startedMs = performance.now()
    const child = start(batched.command, batched.args)
    await waitForAnswer(batched.port, 'localhost')
    times.push(performance.now() - startedMs)
    await stop(child)
  }
  print(`\nCold start to first answer: ${times.map((time) => `${fixed(time, 0)} ms`).join(', ')}`)
  report.coldStart = times
  verdicts.check('cold start, ms', median(times), 1000, false)
}

/**
 * Compares the DNS server with its peers; resolves with whether every goal was met. `parts` limits it
 * to some of `cached`, `forwarding`, `memory`, `start`.
 */
export async function benchDns({ quick, parts }) {
  for (const tool of ['dnsperf', 'nsd', 'taskset']) {
    if (!has(tool)) {
      print(
        `${tool} is missing. On Debian: apt-get install dnsperf nsd dnsmasq-base unbound util-linux`,
      )
      return false
    }
  }
  const options = quick
    ? { rounds: 3, seconds: 1.5, latencyRounds: 2, latencySeconds: 1 }
    : { rounds: 5, seconds: 3, latencyRounds: 3, latencySeconds: 3 }
  writeFiles()
  const verdicts = createVerdicts()
  const report = {
    date: new Date().toISOString(),
    node: process.version,
    kernel: release(),
    processor: cpus()[0]?.model,
    options,
  }
  try {
    const upstream = await startUpstream()
    const wants = (part) => parts.length === 0 || parts.includes(part)
    if (wants('cached')) await cached(options, verdicts, report)
    if (wants('forwarding')) await forwarding(options, verdicts, report, upstream)
    if (wants('memory')) await memory(verdicts, report, upstream)
    if (wants('start')) await coldStart(verdicts, report)
  } finally {
    await stopAll()
  }
  report.goals = verdicts.goals
  const file = `${runDirectory}/dns-${report.date.replaceAll(':', '-')}.json`
  writeFileSync(
    file,
    JSON.stringify(report, (key, value) => (key === 'stdout' ? undefined : value), 1),
  )
  const failed = verdicts.goals.filter((goal) => goal.state === 'FAIL')
  print(
    `\n${verdicts.goals.length - failed.length} of ${verdicts.goals.length} goals met. Saved bench/.run.`,
  )
  return failed.length === 0
}
