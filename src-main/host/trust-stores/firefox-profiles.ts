import { isAbsolute, join, normalize } from 'node:path'

export interface FirefoxProfile {
  readonly name: string
  readonly directory: string
}

/**
 * Profiles named in the text of a `profiles.ini` that lies in `base`. By the file, not by folder
 * names: renamed and relocated profiles count too. Lines that make no sense are passed over.
 */
export function parseProfilesIni(text: string, base: string): readonly FirefoxProfile[] {
  const profiles: FirefoxProfile[] = []
  for (const [section, fields] of parseIni(text)) {
    const path = fields.get('Path')
    if (!/^Profile\d+$/u.test(section) || path === undefined || path === '') continue
    const isRelative = fields.get('IsRelative') !== '0'
    if (!isRelative && !isAbsolute(path)) continue
    const directory = normalize(isRelative ? join(base, path) : path)
    profiles.push({ name: fields.get('Name') ?? path, directory })
  }
  return profiles
}

function parseIni(text: string): readonly (readonly [string, ReadonlyMap<string, string>])[] {
  const sections: [string, Map<string, string>][] = []
  for (const raw of text.replace(/^\uFEFF/u, '').split(/\r?\n/u)) {
    const line = raw.trim()
    const header = /^\[(.+)\]$/u.exec(line)?.[1]
    if (header !== undefined) {
      sections.push([header, new Map()])
      continue
    }
    const equals = line.indexOf('=')
    if (equals > 0 && !/^[;#]/u.test(line)) {
      sections.at(-1)?.[1].set(line.slice(0, equals).trim(), line.slice(equals + 1).trim())
    }
  }
  return sections
}
