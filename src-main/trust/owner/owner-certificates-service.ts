import type { KeyObject } from 'node:crypto'
import { unixSeconds, type Env, type Unsubscribe } from '../../env/env.ts'
import { AppError, fail, ok, toProblem, type Problem, type Result } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import { repeat } from '../../env/repeat.ts'
import { createSerialQueue } from '../../keys/serial-queue.ts'
import type { PubkeyHex } from '../../names/name.ts'
import type { OwnCertificate, OwnerCertificates } from '../owner-certificates.ts'
import { buildSelfSigned } from '../x509/build-certificate.ts'
import { newKey } from '../x509/new-key.ts'
import { certificatePem } from '../x509/pem.ts'
import { certificateNames } from './certificate-names.ts'
import { expiryNotices, type ExpiryNotice } from './expiry.ts'
import {
  exists,
  fileNameFor,
  keyMissing,
  moveAside,
  readKeyFile,
  restoreCertificateFile,
  writeCertificateFile,
  writeKeyFile,
} from './key-files.ts'
import {
  certificateOf,
  createOwnerFile,
  describeEntry,
  entriesOf,
  pathsOf,
  type OwnEntry,
  type OwnerState,
} from './owner-file.ts'

export interface OwnerCertificatesDeps {
  /** Folder of key and certificate files; made 0700. */
  readonly directory: string
  readonly statePath: string
  readonly health?: Health | undefined
}

/**
 * Lifetime when none is asked. The pin in the owner's signed event is what protects, and it is
 * revoked and expires by itself; a short X.509 lifetime would only break programs that look at
 * nothing else, such as `curl --cacert`, when somebody forgets to renew.
 */
const defaultDays = 365
/** What macOS accepts of any server certificate. */
const mostDays = 825
const daySeconds = 24 * 60 * 60
/** For clients whose clock is behind. Seconds. */
const clockSkew = 60 * 60
/**
 * How long the next key must at least have been there before it takes over: twice the five minutes
 * after which clients ask again (specs/tls-trust.md s.5.4).
 */
const overlapMs = 10 * 60 * 1000
const lookMs = 60 * 60 * 1000

/** Keys and self-signed certificates of the user's own servers (specs/nostr-dns.md s.4.8). */
export function createOwnerCertificates(env: Env, deps: OwnerCertificatesDeps): OwnerCertificates {
  const { directory, health } = deps
  const log = env.log.child('certificates')
  const file = createOwnerFile(env, deps.statePath, health)
  const inTurn = createSerialQueue()
  const raised = new Set<string>()
  let cancelLooks: Unsubscribe | undefined

  const list = (): readonly OwnCertificate[] =>
    file.get().certificates.map((entry) => describeEntry(directory, entry))

  const look = async (): Promise<void> => {
    const notices: ExpiryNotice[] = [...expiryNotices(list(), unixSeconds(env.clock))]
    for (const entry of file.get().certificates) {
      const { key } = pathsOf(directory, entry)
      if (entry.role === 'previous' || (await exists(key))) continue
      notices.push({ key: `certificates.key:${key}`, severity: 'error', problem: keyMissing(key) })
    }
    const keys = new Set(notices.map((notice) => notice.key))
    for (const key of raised) if (!keys.has(key)) health?.clear(key)
    raised.clear()
    for (const { key, severity, problem } of notices) {
      health?.raise(key, severity, problem)
      raised.add(key)
    }
  }

  /** One change at a time; failures of the disk become Problems. */
  const change = <T>(task: () => Promise<Result<T>>): Promise<Result<T>> =>
    inTurn(async () => {
      try {
        const result = await task()
        await look()
        return result
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        log.error(error.message, { code: error.problem.code })
        return { ok: false, error: toProblem(error) }
      }
    })

  const issue = (names: readonly string[], key: KeyObject, days: number): string => {
    const now = unixSeconds(env.clock)
    const validity = { validFrom: now - clockSkew, validTo: now + days * daySeconds }
    return certificatePem(buildSelfSigned(env.random, { names, key, ...validity }))
  }

  const newEntry = (
    owner: PubkeyHex,
    host: string,
    role: OwnEntry['role'],
    names: readonly string[],
    days: number,
  ): { readonly entry: OwnEntry; readonly key: KeyObject } => {
    const key = newKey()
    const entry: OwnEntry = {
      pubkey: owner,
      host,
      role,
      file: fileNameFor(host, key),
      days,
      createdAtMs: env.clock.nowMs(),
      certificatePem: issue(names, key, days),
    }
    return { entry, key }
  }

  /**
   * Key file, then list, then certificate file: a crash in between leaves at most a key that nothing
   * refers to, or a certificate that `start` writes again.
   */
  const keep = async (
    made: { readonly entry: OwnEntry; readonly key: KeyObject },
    check: (state: OwnerState) => Problem | undefined,
  ): Promise<Result<OwnCertificate>> => {
    const { entry, key } = made
    const before = check(file.get())
    if (before !== undefined) return { ok: false, error: before }
    await writeKeyFile(pathsOf(directory, entry).key, key)
    const written = await file.update((state) => {
      // Another process may have been faster.
      const problem = check(state)
      if (problem !== undefined) return { ok: false, error: problem }
      return ok({ ...state, certificates: [...state.certificates, entry] })
    })
    if (!written.ok) {
      await moveAside(directory, entry)
      return written
    }
    await writeCertificateFile(directory, entry)
    log.info('made a certificate', { host: entry.host, role: entry.role })
    return ok(describeEntry(directory, entry))
  }

  const promote = async (current: OwnEntry, next: OwnEntry): Promise<Result<OwnCertificate>> => {
    const leftMs = next.createdAtMs + overlapMs - env.clock.nowMs()
    if (leftMs > 0) {
      const minutes = Math.ceil(leftMs / 60_000)
      return fail(
        'certificates.too-early',
        'The next key is too new: programs elsewhere may not know it yet.',
        `Publish both keys, and try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
      )
    }
    const key = await readKeyFile(directory, next)
    if (!key.ok) return key
    const replaced: OwnEntry[] = []
    const written = await file.update((state) => {
      replaced.length = 0
      const certificates = state.certificates.flatMap((held): OwnEntry[] => {
        if (held.pubkey !== next.pubkey || held.host !== next.host) return [held]
        if (held.file === next.file) return [{ ...held, role: 'current' }]
        if (held.file === current.file) return [{ ...held, role: 'previous' }]
        replaced.push(held)
        return []
      })
      return ok({ ...state, certificates })
    })
    if (!written.ok) return written
    for (const held of replaced) await moveAside(directory, held)
    log.info('changed the key of a certificate', { host: next.host })
    return ok(describeEntry(directory, { ...next, role: 'current' }))
  }

  return {
    async start() {
      await file.start()
      for (const entry of file.get().certificates) {
        try {
          await restoreCertificateFile(directory, entry)
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          // The list and the keys are whole; a server's copy that cannot be written now can wait.
          log.warn(error.message, { code: error.problem.code })
        }
      }
      await look()
      cancelLooks ??= repeat(env.clock, lookMs, () => void inTurn(look))
    },
    async stop() {
      cancelLooks?.()
      cancelLooks = undefined
      await inTurn(() => file.stop())
    },
    list,
    create: (owner, host, options) =>
      change(async () => {
        const wanted = certificateNames(owner, host, options.extraNames)
        if (!wanted.ok) return wanted
        const days = options.days ?? defaultDays
        if (!Number.isInteger(days) || days < 1 || days > mostDays) {
          return fail('certificates.bad-days', `The lifetime is 1 to ${mostDays} whole days.`)
        }
        const { host: name, names } = wanted.value
        return keep(newEntry(owner, name, 'current', names, days), (state) =>
          entriesOf(state, owner, name).length === 0 ? undefined : existsProblem(name),
        )
      }),
    renew: (owner, host) =>
      change(async () => {
        const current = withRole(file.get(), owner, host, 'current')
        if (current === undefined) return unknown(host)
        const key = await readKeyFile(directory, current)
        if (!key.ok) return key
        const pem = issue(certificateOf(current).names, key.value, current.days)
        const renewed = { ...current, certificatePem: pem }
        const written = await file.update((state) => {
          if (withRole(state, owner, host, 'current')?.file !== current.file) return unknown(host)
          const certificates = state.certificates.map((held) =>
            held.file === current.file && held.pubkey === owner ? renewed : held,
          )
          return ok({ ...state, certificates })
        })
        if (!written.ok) return written
        await writeCertificateFile(directory, renewed)
        log.info('renewed a certificate', { host: current.host })
        return ok(describeEntry(directory, renewed))
      }),
    rotate: (owner, host) =>
      change(async () => {
        const current = withRole(file.get(), owner, host, 'current')
        if (current === undefined) return unknown(host)
        const next = withRole(file.get(), owner, host, 'next')
        if (next !== undefined) return promote(current, next)
        const { names } = certificateOf(current)
        return keep(newEntry(owner, current.host, 'next', names, current.days), (state) => {
          if (withRole(state, owner, host, 'current')?.file !== current.file) {
            return unknownProblem(host)
          }
          return withRole(state, owner, host, 'next') === undefined
            ? undefined
            : existsProblem(host)
        })
      }),
    remove: (owner, host) =>
      change(async () => {
        let gone: readonly OwnEntry[] = []
        const written = await file.update((state) => {
          gone = entriesOf(state, owner, host)
          if (gone.length === 0) return unknown(host)
          const certificates = state.certificates.filter((held) => !gone.includes(held))
          return ok({ ...state, certificates })
        })
        if (!written.ok) return written
        for (const held of gone) await moveAside(directory, held)
        log.info('removed a certificate', { host: gone[0]?.host })
        return ok(undefined)
      }),
    onChange: (listener) => file.onChange(() => listener()),
  }
}

function withRole(
  state: OwnerState,
  owner: PubkeyHex,
  host: string,
  role: OwnEntry['role'],
): OwnEntry | undefined {
  return entriesOf(state, owner, host).find((held) => held.role === role)
}

function existsProblem(host: string): Problem {
  return {
    code: 'certificates.exists',
    message: `${hostText(host)} has a certificate already.`,
    hint: 'Renew it, change its key by rotating, or remove it first.',
  }
}

function unknownProblem(host: string): Problem {
  return {
    code: 'certificates.unknown',
    message: `${hostText(host)} has no certificate made here.`,
    hint: 'Make one first.',
  }
}

function unknown(host: string): { ok: false; error: Problem } {
  return { ok: false, error: unknownProblem(host) }
}

/** Hosts come from lists and from people; only what can be a host is repeated. */
function hostText(host: string): string {
  if (host === '@') return 'The name itself'
  return /^[a-z0-9_.-]{1,253}$/u.test(host) && !host.includes('nsec1') ? host : 'That host'
}
