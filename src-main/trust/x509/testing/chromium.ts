/** Test support: an installed Chromium with a home folder and trusted roots of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runToolOk } from './run-tool.ts'

/**
 * Makes the NSS databases of a Chromium whose home folder is `home` and trusts `rootPems` in them:
 * the one of Chromium 146 and later, and the older one, which wins where it exists.
 */
export async function trustInChromium(home: string, rootPems: readonly string[]): Promise<void> {
  for (const folder of ['.local/share/pki/nssdb', '.pki/nssdb']) {
    const database = join(home, folder)
    await mkdir(database, { recursive: true })
    await runToolOk('certutil', ['-N', '-d', `sql:${database}`, '--empty-password'])
    for (const [index, pem] of rootPems.entries()) {
      const path = join(home, `root-${index}.pem`)
      await writeFile(path, pem)
      const add = ['-A', '-t', 'C,,', '-n', `root ${index}`, '-i', path]
      await runToolOk('certutil', ['-d', `sql:${database}`, ...add])
    }
  }
}

/** Opens `url` in a Chromium that finds every name on this computer; returns how to end it. */
export function openChromium(
  program: string,
  home: string,
  url: string,
  extraArgs: readonly string[] = [],
): () => Promise<void> {
  const { XDG_DATA_HOME: _data, XDG_CONFIG_HOME: _config, ...rest } = process.env
  const child = spawn(
    program,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-proxy-server',
      `--user-data-dir=${join(home, 'profile')}`,
      '--host-resolver-rules=MAP * 127.0.0.1',
      ...extraArgs,
      url,
    ],
    // A group of its own, so that all its processes can be ended together.
    { env: { ...rest, HOME: home }, stdio: 'ignore', detached: true },
  )
  const exited = once(child, 'exit')
  return async () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    await exited
  }
}
