import { fail, ok, type Result } from '../env/errors.ts'
import { holdsSecret } from '../names/secret-text.ts'

/** Keys and seeds in hex and in z-base-32. */
const keyLike = /[0-9a-f]{64}|[ybndrfg8ejkmcpqxot1uwisza345h769]{52}/iu

const longest = 64

/** The user's word for an identity as it is kept: one line, without invisible characters. */
export function readLabel(text: string): Result<string> {
  const label = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  if (label === '' || label.length > longest) {
    return fail('keys.bad-label', `The name of an identity has 1 to ${longest} characters.`)
  }
  // A label is shown, logged and stored in the clear.
  if (!holdsSecret(label) && !keyLike.test(label)) return ok(label)
  return fail(
    'keys.bad-label',
    'The name of the identity looks like a key.',
    'Give it a plain name.',
  )
}
