import type { OsSealer } from '../keys/keyring.ts'
import type { FromEngine, OsReplyMessage, OsRequestMessage } from './protocol.ts'

/** A sealer whose work the shell does, because only Electron's main process has `safeStorage`. */
export function createShellSealer(send: (message: FromEngine) => void): {
  readonly sealer: OsSealer
  onReply(message: OsReplyMessage): void
} {
  let nextId = 1
  const waiting = new Map<number, (message: OsReplyMessage) => void>()

  const ask = (
    operation: OsRequestMessage['operation'],
    bytes?: Uint8Array,
  ): Promise<OsReplyMessage> =>
    new Promise((resolve) => {
      const id = nextId++
      waiting.set(id, resolve)
      const request: OsRequestMessage = { type: 'os-request', id, operation }
      send(bytes ? { ...request, bytes: Buffer.from(bytes).toString('base64') } : request)
    })

  const askForBytes = async (
    operation: 'seal' | 'open',
    bytes: Uint8Array,
  ): Promise<Uint8Array> => {
    const answer = await ask(operation, bytes)
    if (!answer.ok || answer.bytes === undefined) {
      throw new Error(`the operating system's keychain could not ${operation} the key`)
    }
    return Uint8Array.from(Buffer.from(answer.bytes, 'base64'))
  }

  return {
    sealer: {
      isAvailable: async () => (await ask('isAvailable')).ok,
      seal: (plain) => askForBytes('seal', plain),
      open: (sealed) => askForBytes('open', sealed),
    },
    onReply(message) {
      waiting.get(message.id)?.(message)
      waiting.delete(message.id)
    },
  }
}
