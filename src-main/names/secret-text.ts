/**
 * A label that begins with a secret key's prefix (NIP-19 `nsec1`, NIP-49 `ncryptsec1`), or that
 * prefix anywhere with enough behind it to be part of a key: a key pasted where a name belongs. The
 * second half matches what the log redactor removes, so that nothing it hides is ever forwarded.
 */
const secretText = /(?:^|\.)(?:nsec|ncryptsec)1|(?:nsec|ncryptsec)1[a-z0-9]{6,}/i

/** Whether `text` may contain a secret key and must neither be kept, logged nor sent. */
export function holdsSecret(text: string): boolean {
  return secretText.test(text)
}
