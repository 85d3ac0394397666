import { fail } from '../env/errors.ts'

type Failure = ReturnType<typeof fail>

export function unknownKey(): Failure {
  return fail('keys.unknown', 'There is no identity with this public key here.')
}

export function lockedKeys(): Failure {
  return fail('keys.locked', 'The keys are locked.', 'Enter the vault passphrase.')
}

/** What is on the disk no longer opens, or opens to another key. */
export function damagedKey(): Failure {
  return fail(
    'keys.damaged',
    'The stored key is damaged and cannot be used.',
    'Import it again from your own copy.',
  )
}

export function duplicateKey(held: { readonly label: string }): Failure {
  return fail('keys.duplicate', `This key is already here, as "${held.label}".`)
}
