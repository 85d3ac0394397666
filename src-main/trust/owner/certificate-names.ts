import { fail, ok, type Result } from '../../env/errors.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'

/** More would make a certificate that no longer fits in the first flight of a handshake. */
const mostExtraNames = 30

/** What a certificate for one host is made for. */
export interface CertificateNames {
  /** `@` or a relative host, lower-case. */
  readonly host: string
  /** Full name of the host: always the first subject alternative name. */
  readonly domain: string
  /** All subject alternative names. */
  readonly names: readonly string[]
}

/**
 * Names of the certificate of `host` (`@` for the apex) of `pubkey`: its own name, `extraNames` below
 * it (full, or relative to it), and for the apex `npub….local`, which the local network uses.
 */
export function certificateNames(
  pubkey: PubkeyHex,
  host: string,
  extraNames: readonly string[] = [],
): Result<CertificateNames> {
  const npub = encodeNpub(pubkey)
  const own = readOwnName(pubkey, host === '@' ? `${npub}.nostr` : `${host}.${npub}.nostr`)
  if (own === undefined) {
    return fail(
      'certificates.bad-host',
      'That is not a host: use @ for the name itself, or labels such as www or home.lab.',
    )
  }
  if (extraNames.length > mostExtraNames) {
    return fail(
      'certificates.too-many-names',
      `At most ${mostExtraNames} extra names are possible.`,
    )
  }
  const names = [own.domain]
  for (const [index, extra] of extraNames.entries()) {
    const isFull = /\.nostr\.?$/iu.test(extra)
    const read = readOwnName(pubkey, isFull ? extra : `${extra}.${own.domain}`)
    if (read === undefined || !read.domain.endsWith(`.${own.domain}`)) {
      return fail(
        'certificates.foreign-name',
        // Not repeated: it may be a secret key typed into the wrong place.
        `Extra name ${index + 1} is not a host below ${own.domain}.`,
        'Write hosts without a wildcard, such as www; make another certificate for other names.',
      )
    }
    if (!names.includes(read.domain)) names.push(read.domain)
  }
  if (own.host === '@') names.push(`${npub}.local`)
  return ok({ ...own, names })
}

function readOwnName(
  pubkey: PubkeyHex,
  text: string,
): { readonly host: string; readonly domain: string } | undefined {
  // Names with a wildcard can be read; certificates here are for named hosts only.
  if (text.includes('*')) return undefined
  const name = parseName(text)
  if (name.kind !== 'nostr' || name.form !== 'npub' || name.owner !== pubkey) return undefined
  const { host, apex } = name
  return { host, domain: host === '@' ? apex : `${host}.${apex}` }
}
