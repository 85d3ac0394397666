import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import dgram from 'node:dgram'

/** Clock ticks per second of /proc/<pid>/stat; 100 on every Linux Node runs on. */
const ticksPerSecond = 100

/** Servers started by this run; ended by process id, never by name. */
const started = new Set()

/** Starts `command` in the foreground, pinned to `cpu` when taskset is there. */
export function start(command, args, { cpu, env } = {}) {
  const [file, all] =
    cpu === undefined ? [command, args] : ['taskset', ['-c', String(cpu), command, ...args]]
  const child = spawn(file, all, { stdio: ['ignore', 'pipe', 'pipe'], env: env ?? process.env })
  child.output = ''
  child.on('error', () => undefined)
  child.stdout.on('data', (chunk) => (child.output += chunk))
  child.stderr.on('data', (chunk) => (child.output += chunk))
  started.add(child)
  child.on('exit', () => started.delete(child))
  return child
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
  await gone
  clearTimeout(timer)
}

/** Whatever ends this run also ends the servers it started. */
process.on('exit', () => {
  for (const child of started) child.kill('SIGTERM')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

export async function stopAll() {
  await Promise.all([...started].map(stop))
}

/** Seconds of processor time `pid` has used. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Resident megabytes of `pid`. */
export function residentMegabytes(pid) {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1024
}

/** Seconds the whole machine was busy, and seconds stolen by other machines. */
export function machineSeconds() {
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .split(/\s+/)
    .map(Number)
  return {
    busy: (user + nice + system + irq + softirq) / ticksPerSecond,
    steal: steal / ticksPerSecond,
  }
}

/** A DNS query for `name`, type A. */
export function query(name, type = 1) {
  const labels = name.split('.').map((label) => [label.length, ...Buffer.from(label)])
  return Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels.flat(), 0, 0, type, 0, 1])
}

/** Asks until an answer comes; resolves with the milliseconds it took, rejects after `timeoutMs`. */
export async function waitForAnswer(port, name, timeoutMs = 5000) {
  const socket = dgram.createSocket('udp4')
  const startedMs = performance.now()
  socket.on('error', () => undefined)
  const answered = once(socket, 'message')
  const timer = setInterval(() => socket.send(query(name), port, '127.0.0.1'), 5)
  const timeout = setTimeout(() => socket.emit('error', new Error('time-out')), timeoutMs)
  try {
    await answered
    return performance.now() - startedMs
  } catch {
    throw new Error(`no answer on port ${port} within ${timeoutMs} ms`)
  } finally {
    clearInterval(timer)
    clearTimeout(timeout)
    socket.close()
  }
}

export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export const percentile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
