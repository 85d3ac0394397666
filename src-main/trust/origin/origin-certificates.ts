import { createPrivateKey, type KeyObject } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { EventTemplate } from 'nostr-tools/pure'
import { type Env, unixSeconds } from '../../env/env.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { encodeNpub } from '../../names/npub.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { buildSelfSigned } from '../x509/build-certificate.ts'
import { spkiSha256 } from '../x509/fingerprints.ts'
import { certificatePem } from '../x509/pem.ts'
import { longestStaple, stapleExtension, stapleTemplate } from './staple-event.ts'
import { canSpeakAlt } from './verify-alt.ts'

/** What a TLS server shows and proves. */
export interface OriginCertificate {
  readonly certificatePem: string
  readonly keyPem: string
}

const day = 86_400
/** Clocks of clients may be behind ours. Seconds. */
const backdate = 3_600
/** Renewed long before it ends; see `createDemoOrigin`. */
const altLifetime = 30 * day

export interface AltRequest {
  /** The Nostr secret key, 32 bytes: it is used as TLS key, and stays in memory. */
  readonly secretKey: Uint8Array
  /** Hosts relative to the apex. */
  readonly hosts: readonly string[]
}

/**
 * A certificate whose key is the Nostr key. Fails with `origin.no-secp256k1` where TLS cannot use
 * that curve.
 */
export function makeAltCertificate(
  env: Env,
  { secretKey, hosts }: AltRequest,
): Result<OriginCertificate> {
  const key = canSpeakAlt() ? altKey(secretKey) : undefined
  if (key === undefined) {
    return fail(
      'origin.no-secp256k1',
      'The TLS of this program has no secp256k1, the curve of Nostr keys, so it cannot serve such a certificate.',
      'Electron uses BoringSSL, which left the curve out. Run it with plain Node, or use a stapled certificate.',
    )
  }
  const pubkey = Buffer.from(secp256k1.getPublicKey(secretKey).subarray(1)).toString('hex')
  return ok(makeCertificate(env, { key, names: namesOf(pubkey, hosts), lifetime: altLifetime }))
}

/** The secret key as TLS key. */
function altKey(secretKey: Uint8Array): KeyObject | undefined {
  const point = secp256k1.getPublicKey(secretKey, false)
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
  try {
    return createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'secp256k1',
        d: text(secretKey),
        x: text(point.subarray(1, 33)),
        y: text(point.subarray(33)),
      },
    })
  } catch {
    return undefined
  }
}

export interface StapledRequest {
  readonly owner: PubkeyHex
  /** Hosts relative to the apex. */
  readonly hosts: readonly string[]
  /** P-256 private key of the server. */
  readonly key: KeyObject
  /** Signs with the owner's key, which may be on another device. */
  readonly sign: (template: EventTemplate) => Promise<Result<VerifiedEvent>>
  /** Seconds; 30 days at most. */
  readonly lifetime?: number
}

/** A self-signed certificate for `key` with the owner's signed word for it inside. */
export async function makeStapledCertificate(
  env: Env,
  request: StapledRequest,
): Promise<Result<OriginCertificate>> {
  const { owner, hosts, key, sign, lifetime = longestStaple } = request
  const names = namesOf(owner, hosts)
  const bare = buildSelfSigned(env.random, { names, key, ...validity(env, lifetime) })
  const hash = spkiSha256(bare)
  if (hash === undefined) throw new Error('a certificate made here cannot be read')
  const now = unixSeconds(env.clock)
  const staple = await sign(stapleTemplate({ spkiSha256: hash, hosts, now, lifetime }))
  if (!staple.ok) return staple
  const extra = [stapleExtension(staple.value)]
  return ok(makeCertificate(env, { key, names, lifetime, extraExtensions: extra }))
}

function makeCertificate(
  env: Env,
  request: {
    readonly key: KeyObject
    readonly names: readonly string[]
    readonly lifetime: number
    readonly extraExtensions?: readonly ReturnType<typeof stapleExtension>[]
  },
): OriginCertificate {
  const { lifetime, ...fields } = request
  const der = buildSelfSigned(env.random, { ...fields, ...validity(env, lifetime) })
  return {
    certificatePem: certificatePem(der),
    keyPem: request.key.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

function validity(env: Env, lifetime: number): { validFrom: number; validTo: number } {
  const now = unixSeconds(env.clock)
  return { validFrom: now - backdate, validTo: now + lifetime }
}

function namesOf(owner: PubkeyHex, hosts: readonly string[]): readonly string[] {
  const npub = encodeNpub(owner)
  return hosts.flatMap((host) =>
    host === '@' ? [`${npub}.nostr`, `${npub}.local`] : [`${host}.${npub}.nostr`],
  )
}
