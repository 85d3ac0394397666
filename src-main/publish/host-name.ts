/** Names relative to an owner's apex: `@`, `www`, `home.lab`, `*.lab`. Pure. */
import { isWithin, relativeName } from '../systems/nostr/formats/record-text.ts'

/** True for what may follow `dns:` in a `d` tag: `@` or lower-case labels, no wildcard. */
export function isHostName(text: string): boolean {
  return isRecordName(text) && !text.startsWith('*')
}

/** Like `isHostName`, with `*` allowed as the left-most label (RFC 4592). */
export function isRecordName(text: string): boolean {
  return text !== '' && relativeName(text) === text
}

/** The most specific of `hosts` that covers `name`: the only one readers look at for it. */
export function coveringHost(name: string, hosts: Iterable<string>): string | undefined {
  let best: string | undefined
  for (const host of hosts) {
    if (!isWithin(name, host)) continue
    if (best === undefined || best === '@' || (host !== '@' && host.length > best.length)) {
      best = host
    }
  }
  return best
}
