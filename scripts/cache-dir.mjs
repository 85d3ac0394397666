import { homedir } from 'node:os'
import { join } from 'node:path'

/** The per-user folder for things that can be fetched again (XDG base directories). */
export function cacheDirectory() {
  const base = process.env.XDG_CACHE_HOME
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'nostr-dns')
}
