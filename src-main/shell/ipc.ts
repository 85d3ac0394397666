import { ipcMain, type IpcMainInvokeEvent } from 'electron'
import { z } from 'zod'
import { channels } from '../../src-preload/contract/channels.ts'
import type { CallArgument } from '../../src-preload/contract/calls.ts'
import { fail, type Result } from '../env/errors.ts'
import type { Logger } from '../env/logger.ts'
import { admitCall } from './call-gate.ts'
import type { EngineProcess } from './engine-process.ts'
import type { KeyTransfer } from './key-transfer.ts'
import { isTrustedSender } from './sender.ts'
import type { AppWindow } from './window.ts'

export interface IpcDeps {
  readonly engine: EngineProcess
  readonly window: AppWindow
  readonly keys: KeyTransfer
  readonly log: Logger
  openNostrWindow(address: string): Promise<void>
  copyText(text: string): Promise<void>
  openDocs(): Promise<void>
  quit(): void
}

const label = z.string().trim().min(1).max(64)
const password = z.string().min(1).max(1024)

/** Arguments of ShellBridge, which the engine's contract does not cover. */
const shellSchemas = {
  importKey: z.strictObject({
    source: z.enum(['clipboard', 'file']),
    label,
    password: z.exactOptional(password),
  }),
  exportKey: z.strictObject({
    pubkey: z.string().regex(/^[0-9a-f]{64}$/u),
    form: z.enum(['nsec', 'ncryptsec']),
    target: z.enum(['clipboard', 'file']),
    password: z.exactOptional(password),
  }),
  importPkarrSeed: z.strictObject({ source: z.enum(['clipboard', 'file']), label }),
  exportPkarrSeed: z.strictObject({
    key: z.string().regex(/^[a-z0-9]{52}$/u),
    form: z.enum(['hex', 'z32']),
    target: z.enum(['clipboard', 'file']),
  }),
  copyText: z.string().max(65_536),
  openNostrWindow: z.string().max(2048),
}

/** Opens the channels the preload script uses. Returns what closes them again. */
export function openIpc(deps: IpcDeps): () => void {
  const { engine, window, keys, log } = deps
  const opened: string[] = []

  const handle = (channel: string, act: (...args: readonly unknown[]) => unknown): void => {
    opened.push(channel)
    ipcMain.handle(channel, (event, ...args: unknown[]) => {
      if (!isTrustedSender(senderFacts(event), window.contents()?.id)) {
        log.error('message from an unknown sender refused', { channel })
        throw new Error('refused')
      }
      return act(...args)
    })
  }

  handle(channels.call, (name, argument) => {
    const admitted = admitCall(name, argument)
    if (!admitted.ok) {
      log.warn('call from the window refused', { code: admitted.error.code })
      return admitted
    }
    const { name: call, argument: input } = admitted.value
    // The gate has checked the argument against the schema of just this call.
    return engine.call(call, input as CallArgument<typeof call>)
  })
  handle(channels.engineState, () => engine.state())
  handle(channels.engineProblem, () => engine.problem())
  handle(channels.shell.importKey, (options) =>
    checked(shellSchemas.importKey, options, (given) => keys.importKey(given)),
  )
  handle(channels.shell.exportKey, (options) =>
    checked(shellSchemas.exportKey, options, (given) => keys.exportKey(given)),
  )
  handle(channels.shell.importPkarrSeed, (options) =>
    checked(shellSchemas.importPkarrSeed, options, (given) => keys.importPkarrSeed(given)),
  )
  handle(channels.shell.exportPkarrSeed, (options) =>
    checked(shellSchemas.exportPkarrSeed, options, (given) => keys.exportPkarrSeed(given)),
  )
  handle(channels.shell.openNostrWindow, (address) =>
    deps.openNostrWindow(shellSchemas.openNostrWindow.parse(address)),
  )
  handle(channels.shell.copyText, (text) => deps.copyText(shellSchemas.copyText.parse(text)))
  handle(channels.shell.openDocs, () => deps.openDocs())
  handle(channels.shell.quit, () => deps.quit())

  const stopDeltas = engine.onDelta((delta) => window.send(channels.delta, delta))
  const stopStates = engine.onState((state) => window.send(channels.engineStateChanged, state))
  return () => {
    stopDeltas()
    stopStates()
    for (const channel of opened) ipcMain.removeHandler(channel)
  }
}

function senderFacts(event: IpcMainInvokeEvent) {
  const frame = event.senderFrame
  return {
    contentsId: event.sender.id,
    frameUrl: frame?.url,
    isMainFrame: frame !== null && frame.parent === null,
  }
}

async function checked<S extends z.ZodType, T>(
  schema: S,
  argument: unknown,
  act: (argument: z.output<S>) => Promise<Result<T>>,
): Promise<Result<T>> {
  const parsed = schema.safeParse(argument)
  if (!parsed.success) return fail('ipc.bad-argument', 'The window sent a malformed request.')
  return act(parsed.data)
}
