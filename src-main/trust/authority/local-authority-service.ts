import type { KeyObject } from 'node:crypto'
import type { Env, Unsubscribe } from '../../env/env.ts'
import { fail, ok, type Problem, type Result } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import { repeat } from '../../env/repeat.ts'
import type { OsSealer } from '../../keys/keyring.ts'
import { createSerialQueue } from '../../keys/serial-queue.ts'
import type { AuthorityFacts, LocalAuthority } from '../local-authority.ts'
import { keyIdentifier } from '../x509/extensions.ts'
import { newKey } from '../x509/new-key.ts'
import { parseCertificate } from '../x509/parse-certificate.ts'
import { decodeCertificatePem } from '../x509/pem.ts'
import {
  createAuthorityFile,
  entryOf,
  factsOf,
  isKeyOf,
  rootSha256Of,
  type Authorities,
  type IssuingEntry,
  type RetiringEntry,
} from './authority-file.ts'
import { judgeAge } from './authority-health.ts'
import { openIssuerKey, sealIssuerKey } from './issuer-key.ts'
import { createLeafMint, type LeafMint } from './leaf-mint.ts'
import { makeAuthority } from './make-authority.ts'
import { shredReplaced } from './shred.ts'

export interface LocalAuthorityDeps {
  /** The state file, in a folder of its own or the data folder. Made 0600, its folder 0700. */
  readonly path: string
  /** Absent without a desktop: the issuer's key is then kept in the state file as it is. */
  readonly osSealer?: OsSealer | undefined
  readonly health?: Health | undefined
}

/** How long the root of a replaced authority stays installed, for programs that keep its leaves. 7 days. */
const retirementMs = 7 * 24 * 60 * 60 * 1000
/** Between attempts to open a key that the keychain did not give. */
const retryMs = 30_000
/** Between looks at ages. */
const lookMs = 60 * 60 * 1000

const keyHealth = 'authority.key'

/** The name-constrained authority of this computer (specs/tls-trust.md s.5.1). */
export function createLocalAuthority(env: Env, deps: LocalAuthorityDeps): LocalAuthority {
  const { path, osSealer, health } = deps
  const log = env.log.child('authority')
  const file = createAuthorityFile(env, path, health)
  const inTurn = createSerialQueue()
  const listeners = new Set<() => void>()
  /** The key of all leaves of this run; made when first needed, never written. */
  let leafKey: KeyObject | undefined
  let issuing: { readonly rootSha256: string; readonly mint: LeafMint } | undefined
  let openProblem: Problem | undefined
  let cancelRetry: Unsubscribe | undefined
  let cancelLooks: Unsubscribe | undefined
  let dueSeen = 0

  const changed = (): void => {
    for (const listener of listeners) listener()
  }

  const mintOf = (entry: IssuingEntry, key: KeyObject): LeafMint => {
    const der = decodeCertificatePem(entry.issuerPem)
    const parsed = der === undefined ? undefined : parseCertificate(der)
    // The schema has read it before.
    if (parsed === undefined) throw new TypeError('an authority without an issuer')
    leafKey ??= newKey()
    const authority = { name: parsed.subjectDer, key, keyId: keyIdentifier(parsed.spki) }
    return createLeafMint(
      env,
      { authority, pem: entry.issuerPem, validTo: parsed.validTo },
      leafKey,
    )
  }

  /** Makes the current authority able to issue, or says why not and tries again later. */
  const openCurrent = async (): Promise<void> => {
    cancelRetry?.()
    cancelRetry = undefined
    const entry = entryOf(file.get(), 'current')
    if (entry === undefined) return close()
    const rootSha256 = rootSha256Of(entry)
    if (issuing?.rootSha256 === rootSha256) return
    issuing = undefined
    const key = await openKeyOf(entry)
    if (key.ok) {
      issuing = { rootSha256, mint: mintOf(entry, key.value) }
      openProblem = undefined
      health?.clear(keyHealth)
      return
    }
    openProblem = key.error
    log.warn(key.error.message, { code: key.error.code })
    health?.raise(keyHealth, 'warning', key.error)
    if (key.error.code !== 'authority.keychain-unavailable' || cancelLooks === undefined) return
    cancelRetry = env.clock.schedule(retryMs, () => {
      void inTurn(openCurrent).then(() => {
        if (issuing !== undefined) changed()
      })
    })
  }

  const openKeyOf = async (entry: IssuingEntry): Promise<Result<KeyObject>> => {
    const key = await openIssuerKey(entry.key, osSealer)
    if (!key.ok || isKeyOf(entry.issuerPem, key.value)) return key
    return fail(
      'authority.damaged-key',
      'The key that signs for .nostr on this computer is not the one of its certificate.',
      'Make a new authority: remove HTTPS trust and set it up again.',
    )
  }

  const close = (): void => {
    issuing = undefined
    openProblem = undefined
    health?.clear(keyHealth)
  }

  const look = (): void => {
    judgeAge(env.clock.nowMs(), entryOf(file.get(), 'current'), health)
    const due = service.retiring().filter((held) => held.removeAtMs <= env.clock.nowMs()).length
    const isNew = due > dueSeen
    dueSeen = due
    if (isNew) changed()
  }

  const settle = async (): Promise<void> => {
    await openCurrent()
    look()
    changed()
  }

  const add = async (
    hostName: string,
    phase: 'current' | 'prepared',
    check: (state: Authorities) => Problem | undefined,
  ): Promise<Result<AuthorityFacts>> => {
    const before = check(file.get())
    if (before !== undefined) return { ok: false, error: before }
    const made = makeAuthority(env, hostName)
    const key = await sealIssuerKey(made.issuerKey, osSealer)
    if (!key.ok) return key
    const entry: IssuingEntry = {
      rootPem: made.rootPem,
      issuerPem: made.issuerPem,
      createdAtMs: env.clock.nowMs(),
      phase,
      key: key.value,
    }
    const written = await file.update((state) => {
      // The file may have been changed by another process since.
      const problem = check(state)
      if (problem !== undefined) return { ok: false, error: problem }
      return ok({ ...state, authorities: [...state.authorities, entry] })
    })
    if (!written.ok) return written
    const facts = factsOf(entry)
    log.info('made an authority', { root: facts.rootSha256, protection: facts.protection, phase })
    await settle()
    return ok(facts)
  }

  const service: LocalAuthority = {
    async start() {
      await file.start()
      cancelLooks ??= repeat(env.clock, lookMs, look)
      await inTurn(openCurrent)
      look()
    },
    async stop() {
      cancelLooks?.()
      cancelLooks = undefined
      await inTurn(async () => {
        cancelRetry?.()
        cancelRetry = undefined
        issuing = undefined
        leafKey = undefined
        await file.stop()
      })
    },
    current() {
      const entry = entryOf(file.get(), 'current')
      return entry === undefined ? undefined : factsOf(entry)
    },
    prepared() {
      const entry = entryOf(file.get(), 'prepared')
      return entry === undefined ? undefined : factsOf(entry)
    },
    retiring: () =>
      file
        .get()
        .authorities.flatMap((entry) =>
          entry.phase === 'retiring' ? [{ ...factsOf(entry), removeAtMs: entry.removeAtMs }] : [],
        ),
    create: (hostName) =>
      inTurn(() =>
        add(hostName, 'current', (state) =>
          entryOf(state, 'current') === undefined ? undefined : existsProblem,
        ),
      ),
    prepareRotation: (hostName) =>
      inTurn(async () => {
        const prepared = service.prepared()
        if (prepared !== undefined) return ok(prepared)
        return add(hostName, 'prepared', (state) => {
          if (entryOf(state, 'current') === undefined) return noneProblem
          return entryOf(state, 'prepared') === undefined ? undefined : existsProblem
        })
      }),
    activate: (rootSha256) =>
      inTurn(async () => {
        if (service.current()?.rootSha256 === rootSha256) return ok(undefined)
        const prepared = entryOf(file.get(), 'prepared')
        if (prepared === undefined || rootSha256Of(prepared) !== rootSha256)
          return unknown(rootSha256)
        // A key that does not open must not replace one that does.
        const key = await openKeyOf(prepared)
        if (!key.ok) return key
        const removeAtMs = env.clock.nowMs() + retirementMs
        const written = await shredReplaced(path, () =>
          file.update((state) => activated(state, rootSha256, removeAtMs)),
        )
        if (!written.ok) return written
        log.info('an authority replaced another', { root: rootSha256 })
        await settle()
        return ok(undefined)
      }),
    destroy: (rootSha256) =>
      inTurn(async () => {
        const written = await shredReplaced(path, () =>
          file.update((state) => without(state, rootSha256)),
        )
        if (!written.ok) return written
        log.info('destroyed an authority', { root: rootSha256 })
        await settle()
        return ok(undefined)
      }),
    contextFor(name, validUntil) {
      if (issuing !== undefined) return issuing.mint.contextFor(name, validUntil)
      return { ok: false, error: openProblem ?? noneProblem }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return service
}

const noneProblem: Problem = {
  code: 'authority.none',
  message: 'This computer has no authority for .nostr names yet.',
  hint: 'Switch HTTPS trust on first.',
}

const existsProblem: Problem = {
  code: 'authority.exists',
  message: 'This computer has an authority for .nostr names already.',
  hint: 'Replace it, or remove it first.',
}

function unknown(rootSha256: string): { ok: false; error: Problem } {
  return fail(
    'authority.unknown',
    `No authority with the root ${rootSha256.slice(0, 16)}… is kept here, or it is not prepared.`,
  )
}

/** The prepared authority becomes the current one; the key of the one before is forgotten. */
function activated(
  state: Authorities,
  rootSha256: string,
  removeAtMs: number,
): Result<Authorities> {
  const prepared = entryOf(state, 'prepared')
  if (prepared === undefined || rootSha256Of(prepared) !== rootSha256) return unknown(rootSha256)
  const authorities = state.authorities.map((entry) => {
    if (entry === prepared) return { ...prepared, phase: 'current' as const }
    return entry.phase === 'current' ? retired(entry, removeAtMs) : entry
  })
  return ok({ ...state, authorities })
}

function retired(entry: IssuingEntry, removeAtMs: number): RetiringEntry {
  const { rootPem, issuerPem, createdAtMs, key } = entry
  return { rootPem, issuerPem, createdAtMs, phase: 'retiring', protection: key.by, removeAtMs }
}

function without(state: Authorities, rootSha256: string): Result<Authorities> {
  const authorities = state.authorities.filter((entry) => rootSha256Of(entry) !== rootSha256)
  return authorities.length === state.authorities.length
    ? unknown(rootSha256)
    : ok({ ...state, authorities })
}
