/**
 * Secret keys coming in and going out through the main process, so that the window never sees one:
 * clipboard or file, with native dialogs.
 */
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import type { EngineClient, ShellBridge } from '../../src-preload/contract/replies.ts'
import type { Clock } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'

/** The desktop as this needs it; `desktop.ts` makes it from Electron. */
export interface Desktop {
  readClipboard(): Promise<string>
  writeClipboard(text: string): Promise<void>
  clearClipboard(): Promise<void>
  /** The chosen path, or undefined when the user cancelled. */
  chooseFileToOpen(title: string): Promise<string | undefined>
  chooseFileToSave(title: string, suggestedName: string): Promise<string | undefined>
  confirm(question: { message: string; detail: string; action: string }): Promise<boolean>
}

export type KeyTransfer = Pick<ShellBridge, 'importKey' | 'exportKey'>

/** Longest secret text there is (24 words) with room; anything larger is not a key file. Bytes. */
const maxKeyFileBytes = 4096
/** A secret put on the clipboard is taken off again after this long, if it is still there. */
const clipboardKeepMs = 60_000

const cancelled = fail('shell.cancelled', 'Nothing was changed.')

export function createKeyTransfer(
  engine: Pick<EngineClient, 'call'>,
  desktop: Desktop,
  clock: Clock,
): KeyTransfer {
  const clearClipboardIf = async (text: string): Promise<void> => {
    if ((await desktop.readClipboard()) === text) await desktop.clearClipboard()
  }

  const readSecret = async (source: 'clipboard' | 'file'): Promise<Result<string>> => {
    if (source === 'clipboard') {
      const text = await desktop.readClipboard()
      if (text.trim() === '') {
        return fail(
          'shell.clipboard-empty',
          'The clipboard holds no text.',
          'Copy the secret key first, then import it.',
        )
      }
      return ok(text)
    }
    const path = await desktop.chooseFileToOpen('Import a secret key')
    if (path === undefined) return cancelled
    return readKeyFile(path)
  }

  return {
    async importKey({ source, label, password }) {
      const secret = await readSecret(source)
      if (!secret.ok) return secret
      const text = secret.value.trim()
      if (text.length > maxKeyFileBytes) return tooLarge
      const reply = text.startsWith('bunker://')
        ? await engine.call('keys.importRemote', { uri: text, label })
        : await engine.call('keys.import', {
            text,
            label,
            ...(password === undefined ? {} : { password }),
          })
      if (reply.ok && source === 'clipboard') await clearClipboardIf(secret.value)
      return reply
    },

    async exportKey({ pubkey, form, target, password }) {
      const isConfirmed = await desktop.confirm({
        message: form === 'nsec' ? 'Export the secret key unprotected?' : 'Export the secret key?',
        detail:
          form === 'nsec'
            ? 'Whoever gets this text can publish as you, for ever. Keep it offline.'
            : 'The text is protected by the password you chose. Whoever has both can publish as you.',
        action: target === 'clipboard' ? 'Copy secret key' : 'Save secret key…',
      })
      if (!isConfirmed) return cancelled
      const path =
        target === 'file'
          ? await desktop.chooseFileToSave(
              'Save the secret key',
              `nostr-key-${pubkey.slice(0, 8)}.txt`,
            )
          : undefined
      if (target === 'file' && path === undefined) return cancelled
      const reply = await engine.call('keys.export', {
        pubkey,
        form,
        ...(password === undefined ? {} : { password }),
      })
      if (!reply.ok) return reply
      const { text } = reply.value
      if (path !== undefined) return writeKeyFile(path, text)
      await desktop.writeClipboard(text)
      clock.schedule(clipboardKeepMs, () => void clearClipboardIf(text))
      return ok({ where: `the clipboard, for ${clipboardKeepMs / 1000} seconds` })
    },
  }
}

const tooLarge = fail(
  'shell.not-a-key',
  'That is too long to be a secret key.',
  'Choose a file that holds only the key: nsec1…, ncryptsec1…, 64 hex digits or the recovery words.',
)

async function readKeyFile(path: string): Promise<Result<string>> {
  try {
    const { size } = await stat(path)
    if (size > maxKeyFileBytes) return tooLarge
    return ok(await readFile(path, 'utf8'))
  } catch (error) {
    return fail('shell.file-unreadable', `The file could not be read: ${reason(error)}.`)
  }
}

/** Readable by its owner only, also when it was there before with wider permissions. */
async function writeKeyFile(path: string, text: string): Promise<Result<{ where: string }>> {
  try {
    await writeFile(path, '', { mode: 0o600 })
    await chmod(path, 0o600)
    await writeFile(path, `${text}\n`)
    return ok({ where: path })
  } catch (error) {
    return fail(
      'shell.file-unwritable',
      `The file could not be written: ${reason(error)}.`,
      'Choose another folder.',
    )
  }
}

/** The system's error code: its message would repeat the user's path. */
function reason(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'unknown reason'
}
