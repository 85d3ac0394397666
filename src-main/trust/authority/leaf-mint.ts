import type { KeyObject } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { unixSeconds, type Env, type UnixSeconds } from '../../env/env.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import { buildLeaf, spkiOf, type Authority } from '../x509/build-certificate.ts'
import { certificatePem } from '../x509/pem.ts'

const hour = 60 * 60
/** A leaf lives this long at most. Seconds. */
const longestLife = 48 * hour
/** A cached leaf with less than half of this left is made anew when it may live longer. Seconds. */
const comfortable = 2 * hour
/** For programs whose clock is behind. Seconds. */
const clockSkew = hour
/** Contexts kept; one takes about 40 KB. */
const cacheSize = 256

/** Labels below `.nostr` as names/ reads them: lower case, no wildcard. */
const nostrName = /^(?=.{1,253}$)(?:[a-z0-9_-]{1,63}\.)+nostr$/u

export interface LeafMint {
  /**
   * DER of a new certificate for exactly `name`; valid for 48 h, or until `validUntil` or the
   * issuer's end if that is sooner.
   */
  mint(name: string, validUntil: UnixSeconds): Result<MintedLeaf>
  /** The leaf and the issuer as a TLS server needs them, from a cache when possible. */
  contextFor(name: string, validUntil: UnixSeconds): Result<SecureContext>
}

export interface MintedLeaf {
  readonly der: Buffer
  readonly validFrom: UnixSeconds
  readonly validTo: UnixSeconds
}

interface CachedContext {
  readonly context: SecureContext
  readonly validFrom: UnixSeconds
  readonly validTo: UnixSeconds
}

/** Mints leaves with the one `leafKey` of this run, which is never written anywhere. */
export function createLeafMint(
  env: Env,
  issuer: { readonly authority: Authority; readonly pem: string; readonly validTo: UnixSeconds },
  leafKey: KeyObject,
): LeafMint {
  const leafSpki = spkiOf(leafKey)
  const leafKeyPem = leafKey.export({ type: 'pkcs8', format: 'pem' })
  /** In the order of use, oldest first. */
  const cache = new Map<string, CachedContext>()

  const latestEnd = (now: UnixSeconds, validUntil: UnixSeconds): UnixSeconds =>
    Math.floor(Math.min(now + longestLife, validUntil, issuer.validTo))

  const mint = (name: string, validUntil: UnixSeconds): Result<MintedLeaf> => {
    if (!nostrName.test(name)) {
      return fail('authority.bad-name', 'A certificate can only be made for a name below .nostr.')
    }
    const now = unixSeconds(env.clock)
    const validTo = latestEnd(now, validUntil)
    if (now >= issuer.validTo) {
      return fail(
        'authority.expired',
        "This computer's authority for .nostr names has expired.",
        'Replace it on the Certificates screen.',
      )
    }
    if (!(validTo > now)) {
      return fail('authority.too-late', 'The certificate would already have expired.')
    }
    const validFrom = now - clockSkew
    const validity = { validFrom, validTo }
    return ok({
      der: buildLeaf(env.random, name, leafSpki, validity, issuer.authority),
      ...validity,
    })
  }

  const isUsable = (held: CachedContext, validUntil: UnixSeconds): boolean => {
    const now = unixSeconds(env.clock)
    // A leaf that outlives its pin would stay good in a browser that keeps it.
    if (held.validTo > validUntil || held.validFrom > now) return false
    const possible = Math.min(latestEnd(now, validUntil) - now, comfortable)
    return held.validTo > now && held.validTo - now >= possible / 2
  }

  return {
    mint,
    contextFor(name, validUntil) {
      const held = cache.get(name)
      cache.delete(name)
      if (held !== undefined && isUsable(held, validUntil)) {
        cache.set(name, held)
        return ok(held.context)
      }
      const minted = mint(name, validUntil)
      if (!minted.ok) return minted
      const { der, validFrom, validTo } = minted.value
      const context = createSecureContext({
        key: leafKeyPem,
        cert: certificatePem(der) + issuer.pem,
        // Without this every context loads all public authorities, which costs milliseconds.
        ca: [],
      })
      cache.set(name, { context, validFrom, validTo })
      const oldest = cache.keys().next()
      if (cache.size > cacheSize && oldest.done !== true) cache.delete(oldest.value)
      return ok(context)
    },
  }
}
