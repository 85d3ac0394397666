import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSubject } from './build-subject.mjs'
import { start, stop, waitForAnswer } from './processes.mjs'

/** A zone of our own: peers answer `.test` and the like themselves. */
export const zone = 'benchzone.net'
export const hotNames = 1000
export const runDirectory = fileURLToPath(new URL('../.run', import.meta.url))

const ports = {
  nsd: 15353,
  dnsmasq: 15354,
  unbound: 15355,
  batched: 15360,
  portable: 15370,
}

export const has = (program) => {
  try {
    execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`])
    return true
  } catch {
    return false
  }
}

const sbin = (program) => (existsSync(`/usr/sbin/${program}`) ? `/usr/sbin/${program}` : program)

export function writeFiles() {
  mkdirSync(runDirectory, { recursive: true })
  const hosts = Array.from(
    { length: hotNames },
    (_, index) => `n${index} A 203.0.113.${index % 250}`,
  )
  writeFileSync(
    `${runDirectory}/zone`,
    [
      `$ORIGIN ${zone}.`,
      '$TTL 3600',
      '@ SOA ns hostmaster 1 3600 600 86400 60',
      '@ NS ns',
      'ns A 127.0.0.1',
      '*.u A 203.0.113.1',
      `*.m TXT "${'x'.repeat(130)}"`,
      ...hosts,
      '',
    ].join('\n'),
  )
  writeFileSync(
    `${runDirectory}/nsd.conf`,
    `server:
  ip-address: 127.0.0.1
  port: ${ports.nsd}
  server-count: 1
  username: ""
  chroot: ""
  pidfile: "${runDirectory}/nsd.pid"
  xfrdfile: "${runDirectory}/nsd.xfrd"
  zonelistfile: "${runDirectory}/nsd.zones"
  database: ""
  zonesdir: "${runDirectory}"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${zone}
  zonefile: zone
`,
  )
  writeFileSync(
    `${runDirectory}/unbound.conf`,
    `server:
  interface: 127.0.0.1
  port: ${ports.unbound}
  do-daemonize: no
  chroot: ""
  username: ""
  pidfile: "${runDirectory}/unbound.pid"
  directory: "${runDirectory}"
  use-syslog: no
  do-not-query-localhost: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${ports.nsd}
remote-control:
  control-enable: no
`,
  )
  writeFileSync(
    `${runDirectory}/hot.txt`,
    Array.from({ length: hotNames }, (_, index) => `n${index}.${zone} A\n`).join(''),
  )
}

/** The authoritative server every cache is filled from. */
export async function startUpstream() {
  const child = start(sbin('nsd'), ['-d', '-c', `${runDirectory}/nsd.conf`], { cpu: 1 })
  await ready(child, 'nsd', ports.nsd)
  return child
}

async function ready(child, name, port) {
  try {
    await waitForAnswer(port, `n1.${zone}`)
    // An answer from a stranger on the same port is not a start.
    if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}`)
  } catch (error) {
    throw new Error(`${name} did not start: ${child.output.slice(0, 500)}`, { cause: error })
  }
}

const dnsmasq = (cacheSize) => ({
  program: 'dnsmasq',
  port: ports.dnsmasq,
  command: sbin('dnsmasq'),
  args: [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--bind-interfaces',
    '--listen-address=127.0.0.1',
    `--port=${ports.dnsmasq}`,
    `--server=127.0.0.1#${ports.nsd}`,
    `--cache-size=${cacheSize}`,
    `--pid-file=${runDirectory}/dnsmasq.pid`,
    '--user=',
    '--group=',
  ],
})

const unbound = {
  program: 'unbound',
  port: ports.unbound,
  command: sbin('unbound'),
  args: ['-d', '-c', `${runDirectory}/unbound.conf`],
}

const ours = (name, file) => ({
  program: 'node',
  port: ports[name],
  command: process.execPath,
  args: [
    // As the engine is started: the default of 16 MB costs 40 MB of memory and gains nothing here.
    '--max-semi-space-size=2',
    file,
    JSON.stringify({
      port: ports[name],
      upstreams: [`127.0.0.1:${ports.nsd}`],
      isPortable: name === 'portable',
    }),
  ],
})

/** The servers to compare, by name; `cacheSize` is dnsmasq's. */
export async function subjects(cacheSize) {
  const file = await buildSubject('subject', `${runDirectory}/subject`)
  return {
    dnsmasq: dnsmasq(cacheSize),
    unbound,
    portable: ours('portable', file),
    batched: ours('batched', file),
  }
}

/** Starts those of `wanted` that are installed, all on one processor; the others are named. */
export async function startSubjects(wanted) {
  const running = {}
  for (const [name, subject] of Object.entries(wanted)) {
    if (subject.program !== 'node' && !has(subject.program)) {
      process.stdout.write(`${name} is not installed: skipped\n`)
      continue
    }
    const child = start(subject.command, subject.args, { cpu: 0 })
    await ready(child, name, subject.port)
    running[name] = { child, port: subject.port }
  }
  return running
}

export async function stopSubjects(running) {
  await Promise.all(Object.values(running).map(({ child }) => stop(child)))
}
