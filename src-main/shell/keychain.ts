import { safeStorage } from 'electron'
import type { OsReplyMessage, OsRequestMessage } from '../engine/protocol.ts'
import type { Logger } from '../env/logger.ts'

/**
 * Serves the engine's use of the operating system's keychain. Linux without a keyring daemon falls
 * back to `basic_text`, which only hides the secret: that counts as not available.
 */
export function createKeychain(
  log: Logger,
): (request: OsRequestMessage) => Promise<OsReplyMessage> {
  return async (request) => {
    const { id } = request
    try {
      if (!isKeychainReal()) return { type: 'os-reply', id, ok: false }
      if (request.operation === 'isAvailable') return { type: 'os-reply', id, ok: true }
      const input = Buffer.from(request.bytes ?? '', 'base64')
      const bytes = request.operation === 'seal' ? seal(input) : open(input)
      return { type: 'os-reply', id, ok: true, bytes }
    } catch (error) {
      log.error('keychain refused', { operation: request.operation, error })
      return { type: 'os-reply', id, ok: false }
    }
  }
}

function isKeychainReal(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  if (process.platform !== 'linux') return true
  const backend = safeStorage.getSelectedStorageBackend()
  return backend !== 'basic_text' && backend !== 'unknown'
}

/** safeStorage takes text only, so secret bytes travel through it as base64. */
function seal(plain: Buffer): string {
  return safeStorage.encryptString(plain.toString('base64')).toString('base64')
}

function open(sealed: Buffer): string {
  return safeStorage.decryptString(sealed)
}
