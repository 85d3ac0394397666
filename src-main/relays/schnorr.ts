import { schnorr } from '@noble/curves/secp256k1.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import { initNostrWasm } from 'nostr-wasm'
import type { Event } from 'nostr-tools/pure'

/** Whether `event.sig` is the author's BIP-340 signature over `event.id`. */
export type SignatureCheck = (event: Event) => boolean

/**
 * The fastest check that loads: libsecp256k1 as WebAssembly, about five times noble's speed. The
 * event must come from `readEvent`: the wasm copies fields into fixed buffers by their length.
 */
export async function loadSignatureCheck(): Promise<SignatureCheck> {
  try {
    const wasm = await initNostrWasm()
    return (event) => {
      try {
        wasm.verifyEvent(event)
        return true
      } catch (error) {
        const reason = error instanceof Error ? error.message : ''
        if (reason === 'signature is invalid' || reason === 'pubkey is invalid') return false
        // It computes ids with JSON.stringify only; `readEvent` accepts NIP-01's own form as well.
        return checkWithNoble(event)
      }
    }
  } catch {
    return checkWithNoble
  }
}

/** The same check in plain JavaScript. */
export function checkWithNoble(event: Event): boolean {
  try {
    return schnorr.verify(hexToBytes(event.sig), hexToBytes(event.id), hexToBytes(event.pubkey))
  } catch {
    return false
  }
}
