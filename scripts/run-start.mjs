import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApp } from './build.mjs'
import { chooseElectron } from './electron-runtime.mjs'
import { engineFlags } from './engine-flags.mjs'
import { stageApp } from './electron-stage.mjs'
import { runForeground } from './foreground.mjs'
import { say } from './steps.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Whether windows can be shown: always on macOS and Windows. */
export function hasDisplay(platform = process.platform, environment = process.env) {
  if (platform !== 'linux') return true
  return Boolean(environment.DISPLAY) || Boolean(environment.WAYLAND_DISPLAY)
}

/** Builds if stale, then starts the tray app, or the headless engine where there is no display. */
export async function run(args) {
  await buildApp()
  if (!hasDisplay()) {
    say('note  no DISPLAY or WAYLAND_DISPLAY: starting the headless engine (nostr-dns serve)')
    const entry = join(root, 'out/node/cli.js')
    return runForeground(process.execPath, [...engineFlags, entry, 'serve', ...args])
  }
  const { executable, args: stageArgs } = await stageApp(await chooseElectron())
  say('ok    starting the tray app; Ctrl-C stops it')
  return runForeground(executable, [...stageArgs, ...sandboxSwitches(), ...args])
}

/**
 * Chromium's sandbox cannot run as root, and the app itself never switches it off: only this runner
 * does, for development as root.
 */
export function sandboxSwitches() {
  if (process.platform !== 'linux') return []
  if (process.getuid?.() === 0) {
    say('note  running as root: Chromium starts without its sandbox (--no-sandbox)')
    return ['--no-sandbox']
  }
  const restriction = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns'
  if (existsSync(restriction) && readFileSync(restriction, 'utf8').trim() === '1') {
    say(
      'note  this system restricts user namespaces; if the app ends with a sandbox error, allow it with: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0',
    )
  }
  return []
}
