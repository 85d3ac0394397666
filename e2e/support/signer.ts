import { once } from 'node:events'
import { npubEncode } from 'nostr-tools/nip19'
import { finalizeEvent, generateSecretKey, getPublicKey, type Event } from 'nostr-tools/pure'
import { WebSocket } from 'ws'

/** Somebody who writes their DNS events with another program. */
export interface Signer {
  readonly pubkey: string
  /** `npub1….nostr` */
  readonly name: string
  /** Announces this computer's address and, alone, the key with this SHA-256 for the server at `port`. */
  announce(port: number, spkiSha256: string): Promise<void>
}

/** Seconds. */
const lifetime = 3600

export function createSigner(relays: readonly string[]): Signer {
  const secret = generateSecretKey()
  const pubkey = getPublicKey(secret)
  let signedAt = Math.floor(Date.now() / 1000) - 60
  return {
    pubkey,
    name: `${npubEncode(pubkey)}.nostr`,
    async announce(port, spkiSha256) {
      signedAt += 1
      const event = finalizeEvent(
        {
          kind: 31111,
          created_at: signedAt,
          content: '',
          tags: [
            ['d', 'dns:@'],
            ['rr', 'A', '@', '300', '127.0.0.1'],
            ['rr', 'TLSA', `_${port}._tcp`, '300', `3 1 1 ${spkiSha256}`],
            ['expiration', String(signedAt + lifetime)],
            ['ver', '1'],
          ],
        },
        secret,
      )
      await Promise.all(relays.map((url) => send(url, event)))
    },
  }
}

async function send(url: string, event: Event): Promise<void> {
  const socket = new WebSocket(url)
  try {
    await once(socket, 'open')
    const answered = once(socket, 'message')
    socket.send(JSON.stringify(['EVENT', event]))
    const [data] = (await answered) as [Buffer]
    const [, , isAccepted, reason] = JSON.parse(data.toString('utf8')) as [
      string,
      string,
      boolean,
      string,
    ]
    if (!isAccepted) throw new Error(`the relay refused: ${reason}`)
  } finally {
    socket.terminate()
  }
}
