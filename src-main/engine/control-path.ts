import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `sun_path` holds 104 octets on macOS and 108 on Linux, with the closing zero. */
const longestSocketPath = 100

/**
 * Where the engine of `dataDir` listens for the command line: a socket inside the data folder, a
 * short stand-in when that path is too long for the kernel, or a named pipe on Windows.
 */
export function controlPath(dataDir: string, platform: NodeJS.Platform = process.platform): string {
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 24)
  if (platform === 'win32') return `\\\\.\\pipe\\nostr-dns-${digest}`
  const inside = join(dataDir, 'control.sock')
  if (Buffer.byteLength(inside) <= longestSocketPath) return inside
  return join(tmpdir(), `nostr-dns-${process.getuid?.() ?? 0}`, `${digest}.sock`)
}
