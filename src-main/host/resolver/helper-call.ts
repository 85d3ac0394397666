import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import posixHelper from '../../../assets/helper/dns-helper.sh?raw'
import windowsHelper from '../../../assets/helper/dns-helper.ps1?raw'
import type { ElevatedScript, Elevation } from '../elevated/elevated-command.ts'
import { helperWords, type HelperRequest } from './helper-words.ts'

/** Where packages put the helper, and the path that polkit's policy names. */
export const installedHelper = '/usr/libexec/nostr-dns/dns-helper'

/** The helper of this system, asked to do `request`. */
export function helperScript(platform: NodeJS.Platform, request: HelperRequest): ElevatedScript {
  return {
    text: platform === 'win32' ? windowsHelper : posixHelper,
    words: helperWords(request),
    prompt:
      request.verb === 'install'
        ? 'Nostr DNS wants to have .nostr names led to itself. Other names are not affected.'
        : 'Nostr DNS wants to put the configuration of name resolution back.',
  }
}

export interface ElevationFacts {
  readonly platform: NodeJS.Platform
  readonly isAdministrator: boolean
  /** Absolute path of PowerShell, on Windows. */
  readonly powershell: string
  /** Path of the root-owned copy of the helper, if there is one that may be trusted. */
  readonly installed?: string | undefined
}

/** Who is asked for the permission. Pure. */
export function chooseElevation(facts: ElevationFacts): Elevation {
  const { platform, isAdministrator, powershell, installed } = facts
  if (platform === 'win32') return { by: isAdministrator ? 'powershell' : 'uac', powershell }
  if (isAdministrator) return { by: 'nobody' }
  if (platform === 'darwin') return { by: 'osascript' }
  return installed === undefined ? { by: 'pkexec' } : { by: 'pkexec', installed }
}

/**
 * The copy of the helper that a package installed, if only root can change it and anything on the
 * way to it, and if it is this version's. With it the prompt says what is asked for in our own words.
 */
export async function findInstalledHelper(systemRoot: string): Promise<string | undefined> {
  const parts = installedHelper.split('/').slice(1)
  for (let length = 1; length <= parts.length; length += 1) {
    const isFile = length === parts.length
    const found = await lstat(join(systemRoot, ...parts.slice(0, length))).catch(() => undefined)
    if (found === undefined || found.uid !== 0 || (found.mode & 0o022) !== 0) return undefined
    if (isFile ? !found.isFile() || (found.mode & 0o111) === 0 : !found.isDirectory()) {
      return undefined
    }
  }
  const text = await readFile(join(systemRoot, installedHelper), 'utf8').catch(() => undefined)
  return text === posixHelper ? installedHelper : undefined
}
