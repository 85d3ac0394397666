import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cpuSeconds, machineSeconds, median } from './processes.mjs'

const run = promisify(execFile)
/** Processors' worth of time others may use during a clean run. */
const foreignLimit = 0.25

/**
 * Runs dnsperf once against a server. `qps` is what came back, `cpuMicros` the server's processor
 * time per answer, `foreign` the share of the two processors used by anybody else or stolen.
 */
export async function drive({ child, port }, file, seconds, helpers = [], extra = []) {
  const pids = [child.pid, ...helpers.map((helper) => helper.pid)]
  const before = pids.map(cpuSeconds)
  const machineBefore = machineSeconds()
  const startedMs = performance.now()
  const { stdout } = await run(
    'taskset',
    [
      '-c',
      '1',
      'dnsperf',
      '-s',
      '127.0.0.1',
      '-p',
      String(port),
      '-d',
      file,
      '-l',
      String(seconds),
      ...extra,
    ],
    { maxBuffer: 256 * 1024 * 1024 },
  )
  const elapsed = (performance.now() - startedMs) / 1000
  const machine = machineSeconds()
  const used = pids.map((pid, index) => cpuSeconds(pid) - before[index])
  const completed = Number(/Queries completed:\s+(\d+)/.exec(stdout)?.[1] ?? 0)
  const sent = Number(/Queries sent:\s+(\d+)/.exec(stdout)?.[1] ?? 0)
  const okShare = Number(/NOERROR\s+\d+\s+\(([\d.]+)%\)/.exec(stdout)?.[1] ?? 0)
  const qps = Number(/Queries per second:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0)
  // dnsperf itself has one processor; what the servers and it did not use was used by others.
  const busy = machine.busy - machineBefore.busy
  const steal = machine.steal - machineBefore.steal
  const servers = used.reduce((sum, value) => sum + value, 0)
  const foreign = Math.max(0, busy - servers - elapsed) / elapsed + steal / elapsed
  return {
    qps,
    cpuMicros: completed > 0 ? (used[0] * 1e6) / completed : Number.NaN,
    serverBusy: used[0] / elapsed,
    lost: sent - completed,
    okShare,
    foreign,
    isClean: foreign < foreignLimit,
    stdout,
  }
}

/** Calls `measure(name)` for every subject in shuffled order, `rounds` times. */
export async function rounds(names, count, measure) {
  const results = []
  for (let round = 0; round < count; round += 1) {
    const row = {}
    const order = names.map((name) => [Math.random(), name]).toSorted((a, b) => a[0] - b[0])
    for (const [, name] of order) {
      row[name] = await measure(name, round)
      if (!row[name].isClean) row[name] = await measure(name, round)
    }
    results.push(row)
  }
  return results
}

/** Median of the ratio `a / b` taken inside each round, with its range. */
export function ratio(results, a, b, field) {
  const values = results
    .filter((row) => row[a] && row[b])
    .map((row) => row[a][field] / row[b][field])
    .filter(Number.isFinite)
  if (values.length === 0) return undefined
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) }
}
