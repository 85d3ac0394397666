import { BunkerSigner } from 'nostr-tools/nip46'
import type { Event, EventTemplate } from 'nostr-tools/pure'
import type { Env } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import { bytesFromHex, isSecp256k1X } from '../names/curve-points.ts'
import type { PubkeyHex } from '../names/name.ts'
import { BunkerPool } from './bunker-pool.ts'
import type { Bunker } from './bunker-uri.ts'
import { wipe } from './secret-key.ts'
import { isEventLike, isSignedAs, plainEvent, plainTemplate } from './sign-event.ts'

/** One session with a NIP-46 signer. Requests that get no answer fail with `keys.remote-timeout`. */
export interface RemoteSigner {
  /** Introduces this program to the signer, with the secret of the `bunker://` address. */
  connect(): Promise<Result<void>>
  /** The key the signer signs with. */
  publicKey(): Promise<Result<PubkeyHex>>
  /** Signs as `pubkey`; what comes back is checked, whatever the signer says. */
  sign(pubkey: PubkeyHex, template: EventTemplate): Promise<Result<Event>>
  /** Ends the session and overwrites its secret; may be called twice. */
  close(): void
}

/** `clientSecret` is this program's side of the session; it is wiped on close. */
export function createRemoteSigner(
  env: Env,
  bunker: Bunker,
  clientSecret: Uint8Array,
  timeoutMs: number,
): RemoteSigner {
  const pool = new BunkerPool()
  const log = env.log.child('remote')
  /** Where the signer wants the user to approve this program, if it said so. */
  let approvalUrl: string | undefined
  let isClosed = false
  /** Ends every request that still waits. */
  const waiting = new Set<() => void>()
  const signer = BunkerSigner.fromBunker(
    clientSecret,
    { pubkey: bunker.signer, relays: [...bunker.relays], secret: bunker.secret ?? null },
    {
      pool,
      onauth: (url) => {
        approvalUrl = webAddress(url)
      },
    },
  )

  const timedOut = (): Result<never> =>
    fail(
      'keys.remote-timeout',
      'The remote signer did not answer in time.',
      approvalUrl === undefined
        ? 'Open the signer, see whether it waits for your approval, and try again.'
        : `The signer asks you to approve this program at ${approvalUrl}; then try again.`,
    )

  const ask = <T>(request: () => Promise<T>): Promise<Result<T>> =>
    new Promise((resolve) => {
      const settle = (result: Result<T>): void => {
        cancel()
        waiting.delete(giveUp)
        resolve(result)
      }
      const giveUp = (): void =>
        settle(fail('keys.remote-closed', 'The session with the remote signer was closed.'))
      const cancel = env.clock.schedule(timeoutMs, () => settle(timedOut()))
      if (isClosed) return giveUp()
      waiting.add(giveUp)
      request().then(
        (value) => settle(ok(value)),
        (reason: unknown) => settle(refusal(reason)),
      )
    })

  const refusal = (reason: unknown): Result<never> => {
    // BunkerSigner rejects with the signer's own text, and with an AggregateError of its relays.
    if (typeof reason === 'string') {
      return fail(
        'keys.remote-refused',
        `The remote signer refused: ${quotable(reason, bunker.secret)}`,
        'Look at the permissions of this program in the signer.',
      )
    }
    if (reason instanceof AggregateError) {
      log.warn('no relay of the remote signer took the request', { relays: bunker.relays })
      return fail(
        'keys.remote-unreachable',
        'None of the relays of the remote signer can be reached.',
        'Check the network, or connect the signer again with a new bunker:// address.',
      )
    }
    return badAnswer()
  }

  return {
    connect: () => ask(() => signer.connect()),
    async publicKey() {
      const answer = await ask(() => signer.getPublicKey())
      if (!answer.ok) return answer
      const bytes = answer.value.length === 64 ? bytesFromHex(answer.value) : undefined
      if (bytes === undefined || !isSecp256k1X(bytes)) return badAnswer()
      return ok(answer.value.toLowerCase())
    },
    async sign(pubkey, template) {
      const wanted = plainTemplate(template)
      const answer = await ask(() => signer.sendRequest('sign_event', [JSON.stringify(wanted)]))
      if (!answer.ok) return answer
      const event = parseEvent(answer.value)
      if (event === undefined || !isSignedAs(event, wanted, pubkey)) return badAnswer()
      return ok(event)
    },
    close() {
      if (isClosed) return
      isClosed = true
      for (const giveUp of waiting) giveUp()
      void signer.close()
      pool.destroy()
      wipe(clientSecret)
    },
  }
}

function badAnswer(): Result<never> {
  return fail(
    'keys.remote-bad-answer',
    'The remote signer answered with something other than what was asked for.',
    'Nothing was signed or published. Check that the signer holds the right key.',
  )
}

function parseEvent(text: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isEventLike(value) ? plainEvent(value) : undefined
  } catch {
    return undefined
  }
}

/** The signer's words, fit for a screen and without the secret it was given. */
function quotable(text: string, secret: string | undefined): string {
  const clean = secret === undefined ? text : text.replaceAll(secret, '[redacted]')
  return clean.replaceAll(/[^\x20-\x7e]/gu, ' ').slice(0, 200)
}

function webAddress(text: unknown): string | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.protocol === 'https:' ? url.href.slice(0, 500) : undefined
}
