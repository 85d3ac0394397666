import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runForeground } from './foreground.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What the measurements use as load and as peers. */
const benchPackages = [
  { name: 'dnsperf', why: 'the load of the measurements', program: 'dnsperf' },
  { name: 'dnsmasq-base', why: 'a peer to compare with', program: 'dnsmasq' },
  { name: 'unbound', why: 'a peer to compare with', program: 'unbound' },
  { name: 'nsd', why: 'the upstream of the measurements', program: 'nsd' },
]

/** `bench/run.mjs` builds what it measures. */
export async function run(args) {
  await ensureSystemPackages(benchPackages)
  return runForeground(process.execPath, [join(root, 'bench/run.mjs'), ...args])
}
