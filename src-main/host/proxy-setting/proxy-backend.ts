import type { Result } from '../../env/errors.ts'
import type { Command } from '../exec.ts'

/** Settings as they were before us, by the backend's own names: what `restore` puts back. */
export type Memory = Readonly<Record<string, string>>

/** What the desktop is set to now. */
export type Reading =
  | { readonly kind: 'none'; readonly memory: Memory }
  /** An automatic configuration and nothing else. */
  | { readonly kind: 'pac'; readonly url: string }
  | { readonly kind: 'other'; readonly current: string }

/** The proxy setting of one kind of desktop: thin effects, no decisions about whose it is. */
export interface ProxyBackend {
  read(): Promise<Result<Reading>>
  /** Only when `read` said none, or one of our own addresses. */
  set(pacUrl: string): Promise<Result<void>>
  /** Puts `memory` back where `pacUrl` is set now. */
  restore(memory: Memory, pacUrl: string): Promise<Result<void>>
  /** How a process that outlives us would restore; undefined where there is none. */
  watchdog(memory: Memory, pacUrl: string): readonly string[] | undefined
}

/** A command that must not change anything when it fails, and whose failure is the caller's. */
export type Run = (command: Command) => Promise<Result<string>>
