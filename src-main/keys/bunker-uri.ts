import { fail, ok, type Result } from '../env/errors.ts'
import { bytesFromHex, isSecp256k1X } from '../names/curve-points.ts'
import type { PubkeyHex } from '../names/name.ts'

/** A NIP-46 remote signer as its `bunker://` address names it. */
export interface Bunker {
  /** Key the signer answers with; not necessarily the key it signs with. */
  readonly signer: PubkeyHex
  readonly relays: readonly string[]
  /** Lets this program connect once. */
  readonly secret?: string
}

const longest = 4096
const mostRelays = 16
const hint = 'Copy the bunker:// address again from the signer.'

/** Reads `bunker://<64 hex>?relay=wss://…&secret=…`. Problems never repeat the text. */
export function parseBunkerUri(pasted: string): Result<Bunker> {
  const text = pasted.trim()
  const match = /^bunker:\/\/([^?/]*)\/?(?:\?(.*))?$/iu.exec(text)
  if (match === null || text.length > longest) {
    return fail('keys.bad-bunker', 'That is not a bunker:// address.', hint)
  }
  const signer = (match[1] ?? '').toLowerCase()
  const bytes = signer.length === 64 ? bytesFromHex(signer) : undefined
  if (bytes === undefined || !isSecp256k1X(bytes)) {
    return fail('keys.bad-bunker', 'The bunker:// address does not begin with a public key.', hint)
  }
  const query = new URLSearchParams(match[2] ?? '')
  const relays = [...new Set(query.getAll('relay'))]
  if (relays.length === 0) {
    return fail('keys.bad-bunker', 'The bunker:// address names no relay.', hint)
  }
  if (relays.length > mostRelays || !relays.every(isRelayUrl)) {
    return fail('keys.bad-bunker', 'The bunker:// address names a relay that is not wss://.', hint)
  }
  const secret = query.get('secret')
  return ok(secret === null || secret === '' ? { signer, relays } : { signer, relays, secret })
}

/** ws:// is allowed too: the messages are encrypted end to end (NIP-44), and signers run on LANs. */
function isRelayUrl(text: string): boolean {
  return /^wss?:$/u.test(URL.canParse(text) ? new URL(text).protocol : '')
}
