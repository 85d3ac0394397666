/**
 * System programs the tests use. On Debian and its kin, as root, missing ones are installed; anywhere
 * else they are named, with what they are for.
 */
import { existsSync, readFileSync } from 'node:fs'
import { isOnPath, runChild, tail } from './child.mjs'
import { StepError, say, step, stillWorking } from './steps.mjs'

/**
 * @typedef {object} SystemPackage
 * @property {string} name Debian's name
 * @property {string} why
 * @property {string} [program] how to tell without dpkg that it is there
 * @property {string} [since64] Debian's name since the 64-bit time_t transition (Debian 13)
 */

/** @type {readonly SystemPackage[]} */
export const testPackages = [
  { name: 'xvfb', why: 'a screen for Electron in tests', program: 'Xvfb' },
  { name: 'xauth', why: 'xvfb-run', program: 'xauth' },
  { name: 'dbus', why: 'a session bus for the tray icon in tests', program: 'dbus-daemon' },
  { name: 'bind9-dnsutils', why: 'dig, the reference DNS client', program: 'dig' },
  { name: 'curl', why: 'the reference client for HTTPS and DNS over HTTPS', program: 'curl' },
  { name: 'openssl', why: 'the reference reader of certificates', program: 'openssl' },
  { name: 'chromium', why: 'a real browser for the journeys', program: 'chromium' },
  {
    name: 'libnss3-tools',
    why: 'certutil, which fills the trust stores of browsers',
    program: 'certutil',
  },
  {
    name: 'sqlite3',
    why: 'holds a trust store open, to test that it is waited for',
    program: 'sqlite3',
  },
  { name: 'libglib2.0-bin', why: 'gsettings, the desktop’s settings', program: 'gsettings' },
  { name: 'gsettings-desktop-schemas', why: 'the proxy settings of the desktop' },
  {
    name: 'openbox',
    why: 'a window manager, to look at the window as users see it',
    program: 'openbox',
  },
  { name: 'scrot', why: 'pictures of the whole desktop', program: 'scrot' },
  { name: 'shellcheck', why: 'the checker of shell scripts', program: 'shellcheck' },
  { name: 'nsis', why: 'the checker of the Windows uninstaller’s script', program: 'makensis' },
  { name: 'iproute2', why: 'networks of their own for tests', program: 'ip' },
  { name: 'dnsmasq-base', why: 'a resolver that splits by suffix', program: 'dnsmasq' },
  { name: 'dnsperf', why: 'load on a DNS server', program: 'dnsperf' },
  { name: 'fakeroot', why: 'making a package whose files belong to root', program: 'fakeroot' },
  { name: 'tcpdump', why: 'the IP header of mDNS packets', program: 'tcpdump' },
  { name: 'python3-libtorrent', why: 'another implementation of the DHT, to talk to' },
  { name: 'libgtk-3-0', why: 'Electron', since64: 'libgtk-3-0t64' },
  { name: 'libnss3', why: 'Electron' },
  { name: 'libasound2', why: 'Electron', since64: 'libasound2t64' },
  { name: 'libgbm1', why: 'Electron' },
  { name: 'libxss1', why: 'Electron' },
  { name: 'libxtst6', why: 'Electron' },
]

/** True on Debian and distributions derived from it. */
export function isDebianLike(osRelease = readOsRelease()) {
  const ids = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gmu)].flatMap((match) =>
    match[1].split(/\s+/u),
  )
  return ids.includes('debian')
}

function readOsRelease() {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
}

/** Which of `packages` dpkg does not have installed. */
async function missingOnDebian(packages) {
  const names = packages.flatMap(({ name, since64 }) => (since64 ? [name, since64] : [name]))
  const { output } = await runChild(
    'dpkg-query',
    ['--show', '--showformat=${Package} ${db:Status-Status}\\n', ...names],
    { capture: true },
  )
  const present = new Set(
    output
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return packages.filter(
    ({ name, since64 }) => !present.has(name) && !(since64 !== undefined && present.has(since64)),
  )
}

async function missingElsewhere(packages) {
  const missing = []
  for (const item of packages) {
    if (item.program !== undefined && !(await isOnPath(item.program))) missing.push(item)
  }
  return missing
}

/**
 * Makes sure the tests' system packages are there. Returns the names still missing (none on Debian as
 * root, where they are installed).
 * @returns {Promise<readonly string[]>}
 */
export async function ensureSystemPackages(packages = testPackages) {
  if (process.platform !== 'linux') return []
  const isDebian = isDebianLike()
  const missing = await (isDebian ? missingOnDebian(packages) : missingElsewhere(packages))
  if (missing.length === 0) return []
  for (const { name, why } of missing) say(`need  ${name}: ${why}`)
  if (isDebian && process.getuid?.() === 0) {
    await step(`install ${missing.length} Debian packages`, () => aptInstall(missing))
    return []
  }
  const names = missing.map(({ name }) => name)
  say(
    isDebian
      ? `note  not root, so nothing was installed. Run: sudo apt-get install ${names.join(' ')}`
      : 'note  install what your distribution calls these to run every test',
  )
  return names
}

async function aptInstall(missing) {
  const stop = stillWorking('apt-get')
  try {
    await apt(['update'])
    await apt([
      'install',
      '--yes',
      '--no-install-recommends',
      ...(await Promise.all(missing.map(aptName))),
    ])
  } finally {
    stop()
  }
}

/** The name this release uses. */
async function aptName({ name, since64 }) {
  if (since64 === undefined) return name
  const { code, output } = await runChild('apt-cache', ['show', since64], { capture: true })
  return code === 0 && output.includes('Package:') ? since64 : name
}

async function apt(args) {
  const { code, output } = await runChild('apt-get', ['-q', ...args], {
    capture: true,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (code !== 0) {
    throw new StepError(
      `apt-get ${args[0]} failed:\n${tail(output, 6)}`,
      'Check the network and the package sources, then run this again.',
    )
  }
}
