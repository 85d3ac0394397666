import type { SystemPlan, SystemView } from '../../../src-preload/contract/system-model.ts'
import type { Unsubscribe } from '../../env/env.ts'
import type { Result } from '../../env/errors.ts'
import type { Service } from '../../env/service.ts'

/** What the operating system should route to us. */
export interface ResolverWish {
  /** Port of the split listener on 127.0.0.1. */
  readonly port: number
  /** A subset of the suffixes compiled into the helper. */
  readonly suffixes: readonly string[]
}

/**
 * The operating system's split DNS: looked at without privilege, changed only by the helper after
 * the user's consent.
 */
export interface ResolverConfig extends Service {
  view(): SystemView
  /** Reads the configuration back and sends a canary through the system's resolver. */
  look(): Promise<SystemView>
  /** What `install` would write and run here, now. */
  plan(): Promise<Result<SystemPlan>>
  /** Asks the administrator, writes, verifies. Callers have the user's consent. */
  install(): Promise<Result<SystemView>>
  /** Removes what carries our marker, and nothing else. Twice is fine. */
  uninstall(): Promise<Result<SystemView>>
  onChange(listener: () => void): Unsubscribe
}
