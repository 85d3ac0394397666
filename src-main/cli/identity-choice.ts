import type { EngineClient } from '../../src-preload/contract/replies.ts'
import type { Identity } from '../../src-preload/contract/model.ts'
import { AppError } from '../env/errors.ts'

/**
 * The identity that `choice` names by npub, hex key or label; the default one when undefined.
 * Throws `keys.none` or `keys.unknown`.
 */
export async function chooseIdentity(
  client: EngineClient,
  choice: string | undefined,
): Promise<Identity> {
  const reply = await client.call('state.snapshot', {})
  if (!reply.ok) throw new AppError(reply.error)
  const { identities } = reply.value.keys
  if (identities.length === 0) {
    throw new AppError({
      code: 'keys.none',
      message: 'There is no key to publish with.',
      hint: 'Make one with `nostr-dns keys new LABEL`, or bring yours with `nostr-dns keys import`.',
    })
  }
  const found =
    choice === undefined
      ? identities.find((identity) => identity.isDefault)
      : identities.find((identity) =>
          [identity.npub, identity.pubkey, identity.label].includes(choice),
        )
  if (found === undefined) {
    throw new AppError({
      code: 'keys.unknown',
      message: `No key here is called "${choice ?? 'default'}".`,
      hint: `There are: ${identities.map((identity) => identity.label).join(', ')}.`,
    })
  }
  return found
}
