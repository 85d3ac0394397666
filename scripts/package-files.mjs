/** What packages put outside the app's own folder, with the modes they need whatever umask made the checkout. */
import { chmod, copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** electron-builder.yml takes them from here. */
const staged = join(root, 'out/package')

const files = [
  { from: 'assets/helper/dns-helper.sh', to: 'dns-helper', mode: 0o755 },
  { from: 'assets/helper/org.nostr-dns.policy', to: 'org.nostr-dns.policy', mode: 0o644 },
  { from: 'assets/package/before-remove.sh', to: 'before-remove', mode: 0o755 },
]

export async function stagePackageFiles() {
  await mkdir(staged, { recursive: true })
  for (const { from, to, mode } of files) {
    await copyFile(join(root, from), join(staged, to))
    await chmod(join(staged, to), mode)
  }
}
