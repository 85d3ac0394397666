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

export type KeyTransfer = Pick<
  ShellBridge,
  'importKey' | 'exportKey' | 'importPkarrSeed' | 'exportPkarrSeed'
>

/** Longest secret text there is (24 words) with room; anything larger is not a key file. Bytes. */
const maxKeyFileBytes = 4096
/** A seed is 64 characters at most; this leaves room for blanks around it. */
const maxSeedLength = 256
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

  const readSecret = async (source: Source): Promise<Result<string>> => {
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

  /** Reads a secret and hands it to `give`; what was taken leaves the clipboard. */
  const takeIn = async <T>(
    source: Source,
    give: (text: string) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const secret = await readSecret(source)
    if (!secret.ok) return secret
    const result = await give(secret.value.trim())
    if (result.ok && source === 'clipboard') await clearClipboardIf(secret.value)
    return result
  }

  /** Asks first; only then is the secret fetched from the engine, and put where the user said. */
  const giveOut = async (
    { question, fileName, target }: Departure,
    fetch: () => Promise<Result<{ readonly text: string }>>,
  ): Promise<Result<{ where: string }>> => {
    const action = target === 'clipboard' ? 'Copy secret key' : 'Save secret key…'
    if (!(await desktop.confirm({ ...question, action }))) return cancelled
    const path =
      target === 'file'
        ? await desktop.chooseFileToSave('Save the secret key', fileName)
        : undefined
    if (target === 'file' && path === undefined) return cancelled
    const reply = await fetch()
    if (!reply.ok) return reply
    const { text } = reply.value
    if (path !== undefined) return writeKeyFile(path, text)
    await desktop.writeClipboard(text)
    clock.schedule(clipboardKeepMs, () => void clearClipboardIf(text))
    return ok({ where: `the clipboard, for ${clipboardKeepMs / 1000} seconds` })
  }

  return {
    importKey: ({ source, label, password }) =>
      takeIn(source, async (text) => {
        if (text.length > maxKeyFileBytes) return tooLarge
        return text.startsWith('bunker://')
          ? engine.call('keys.importRemote', { uri: text, label })
          : engine.call('keys.import', {
              text,
              label,
              ...(password === undefined ? {} : { password }),
            })
      }),

    exportKey: ({ pubkey, form, target, password }) =>
      giveOut(
        {
          question: form === 'nsec' ? unprotected : protectedByPassword,
          fileName: `nostr-key-${pubkey.slice(0, 8)}.txt`,
          target,
        },
        () =>
          engine.call('keys.export', {
            pubkey,
            form,
            ...(password === undefined ? {} : { password }),
          }),
      ),

    importPkarrSeed: ({ source, label }) =>
      takeIn(source, async (text) =>
        text.length > maxSeedLength ? notASeed : engine.call('pkarr.import', { text, label }),
      ),

    exportPkarrSeed: ({ key, form, target }) =>
      giveOut({ question: unprotected, fileName: `pkarr-key-${key.slice(0, 8)}.txt`, target }, () =>
        engine.call('pkarr.export', { key, form }),
      ),
  }
}

type Source = 'clipboard' | 'file'

interface Departure {
  readonly question: { readonly message: string; readonly detail: string }
  readonly fileName: string
  readonly target: Source
}

const unprotected = {
  message: 'Export the secret key unprotected?',
  detail: 'Whoever gets this text can publish as you, for ever. Keep it offline.',
}

const protectedByPassword = {
  message: 'Export the secret key?',
  detail: 'The text is protected by the password you chose. Whoever has both can publish as you.',
}

const tooLarge = fail(
  'shell.not-a-key',
  'That is too long to be a secret key.',
  'Choose a file that holds only the key: nsec1…, ncryptsec1…, 64 hex digits or the recovery words.',
)

const notASeed = fail(
  'shell.not-a-key',
  'That is too long to be the seed of a key.',
  'Give only the seed: 64 hex digits or 52 characters of z-base-32.',
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
