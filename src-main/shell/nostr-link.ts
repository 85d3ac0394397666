import { fail, ok, type Result } from '../env/errors.ts'

/** The scheme of links to names: `nostr-dns:npub1….nostr`, `nostr-dns://npub1….nostr/details`. */
export const linkScheme = 'nostr-dns'

/** A link to the details of a name. */
export interface NameLink {
  /** Lower-case, without a trailing dot. What it means, the engine says. */
  readonly name: string
}

/** Longest domain name in presentation form (RFC 1035 s.3.1). */
const maxNameLength = 253
const suffixes: readonly string[] = ['nostr', 'pkarr', 'key']
/** A z-base-32 key may stand as the last label by itself. */
const keyLabel = /^[ybndrfg8ejkmcpqxot1uwisza345h769]{52}$/u

/**
 * Reads a link, which any web page can make: only a name below one of our suffixes gets through.
 * No refusal repeats the text, because it may hold a secret key that somebody pasted.
 */
export function readLink(text: string): Result<NameLink> {
  const inside = /^nostr-dns:(.*)$/isu.exec(text)?.[1]
  if (inside === undefined) return malformed
  if (/(?:nsec|ncryptsec)1/iu.test(inside)) return secret
  // Some letters beyond ASCII count as their look-alikes where case does not matter.
  if (/[^\x21-\x7e]/u.test(inside)) return malformed
  const parts = /^(?:\/\/)?([a-z0-9_.-]+?)\.?(?:\/(?:details\/?)?)?$/iu.exec(inside)
  const name = (parts?.[1] ?? '').toLowerCase()
  const labels = name.split('.')
  const isName =
    name.length <= maxNameLength && labels.every((label) => /^[a-z0-9_-]{1,63}$/u.test(label))
  if (!isName) return malformed
  const last = labels.at(-1) ?? ''
  if (keyLabel.test(last) || (labels.length > 1 && suffixes.includes(last))) return ok({ name })
  return foreign
}

/** The link among the words of a command line, as Linux and Windows hand it over. */
export function linkIn(argv: readonly string[]): string | undefined {
  return argv.findLast((word) => word.toLowerCase().startsWith(`${linkScheme}:`))
}

const example = 'A link looks like nostr-dns:npub1….nostr'

const malformed = fail('link.malformed', 'That link does not name anything.', example)

const foreign = fail(
  'link.foreign',
  'That link does not lead to a name this program looks after.',
  example,
)

const secret = fail(
  'link.secret',
  'That link holds a secret key. It was not opened, stored or sent anywhere.',
  'Whoever made the link has the key: treat it as lost, and never open or share such a link.',
)
