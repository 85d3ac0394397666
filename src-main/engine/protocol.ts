/**
 * Messages between the shell and the engine process (utilityProcess), and, for the first three of
 * each side, between the CLI and a running engine over the control socket (one JSON per line).
 */
import type { Problem } from '../env/errors.ts'
import type { CallArgument, CallName } from '../../src-preload/contract/calls.ts'
import type { Delta } from '../../src-preload/contract/model.ts'
import type { Reply } from '../../src-preload/contract/replies.ts'

export interface CallMessage<C extends CallName = CallName> {
  readonly type: 'call'
  readonly id: number
  readonly name: C
  readonly argument: CallArgument<C>
}

/** Answers an `os-request`; `bytes` is base64. */
export interface OsReplyMessage {
  readonly type: 'os-reply'
  readonly id: number
  readonly ok: boolean
  readonly bytes?: string
}

export type ToEngine =
  | CallMessage
  /** Starts sending deltas. */
  | { readonly type: 'watch' }
  | OsReplyMessage
  | { readonly type: 'stop' }

export interface ReplyMessage<C extends CallName = CallName> {
  readonly type: 'reply'
  readonly id: number
  readonly reply: Reply<C>
}

/** Asks the shell to use the operating system's keychain (safeStorage); `bytes` is base64. */
export interface OsRequestMessage {
  readonly type: 'os-request'
  readonly id: number
  readonly operation: 'isAvailable' | 'seal' | 'open'
  readonly bytes?: string
}

export type FromEngine =
  | ReplyMessage
  | { readonly type: 'delta'; readonly delta: Delta }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly problem: Problem }
  | OsRequestMessage
