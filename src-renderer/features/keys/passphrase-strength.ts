export type PassphraseStrength = 'short' | 'fair' | 'good'

/**
 * A rough measure for a note, never a gate: length counts most, since the vault's scrypt makes each
 * guess expensive; repeating few characters counts for little.
 */
export function passphraseStrength(passphrase: string): PassphraseStrength {
  const distinct = new Set(passphrase.toLowerCase()).size
  const words = passphrase.trim().split(/\s+/u).length
  const kinds = [/[a-z]/u, /[A-Z]/u, /\d/u, /[^\p{L}\d\s]/u].filter((kind) =>
    kind.test(passphrase),
  ).length
  const effective = Math.min(passphrase.length, distinct * 2) + (kinds - 1) * 2
  if (effective >= 20 || (words >= 4 && distinct >= 9)) return 'good'
  return effective >= 13 ? 'fair' : 'short'
}
