import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { CheckReport } from '../../src-preload/contract/model.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import type { dataFiles } from '../env/data-dir.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import { repeat } from '../env/repeat.ts'
import type { Service } from '../env/service.ts'
import type { Exec } from '../host/exec.ts'
import { createProxySetting } from '../host/proxy-setting/proxy-setting.ts'
import { createTrustStores } from '../host/trust-stores/trust-stores.ts'
import type { Keyring, OsSealer } from '../keys/keyring.ts'
import type { PubkeyHex } from '../names/name.ts'
import { encodeNpub } from '../names/npub.ts'
import { parseName } from '../names/parse-name.ts'
import type { Publisher } from '../publish/publisher.ts'
import type { Database } from '../store/database.ts'
import { createLocalAuthority } from '../trust/authority/local-authority-service.ts'
import { makeStapledCertificate } from '../trust/origin/origin-certificates.ts'
import { canSpeakAlt } from '../trust/origin/verify-alt.ts'
import { createOwnerCertificates } from '../trust/owner/owner-certificates-service.ts'
import type { OwnerCertificates } from '../trust/owner-certificates.ts'
import type { Judgement } from '../trust/pin-policy.ts'
import { createPinPolicy } from '../trust/pins/pin-policy-service.ts'
import { acceptEveryPeer, createPeerGuard } from '../trust/proxy/peer-user.ts'
import { createTerminator } from '../trust/terminator/terminator-service.ts'
import type { ReadStaple } from '../trust/terminator/judge-server.ts'
import { createSteering } from '../trust/transparent/steer-to-judge.ts'
import type { TransparentPorts } from '../trust/transparent/transparent-mode.ts'
import { createReadServer } from '../trust/verify/read-server.ts'
import { verifyName } from '../trust/verify/verify-name.ts'
import type { VerifyReport } from '../trust/verify/verify-report.ts'
import { createNostrWindowService } from '../trust/window/nostr-window-service.ts'
import { certificatePem } from '../trust/x509/pem.ts'
import {
  createCertificatesTable,
  type CertificateRow,
  type CertificatesTable,
} from './certificates-table.ts'
import { nostrKey, type NameServices } from './name-services.ts'
import {
  createOwnCertificateServices,
  type OwnCertificateServices,
} from './own-certificate-services.ts'
import type { RunSettings } from './run-settings.ts'
import { createTrustServices, type TrustServices } from './trust-services.ts'

interface HttpsServiceDeps {
  readonly database: Database
  readonly files: ReturnType<typeof dataFiles>
  readonly health: Health
  readonly settings: RunSettings
  readonly names: NameServices
  readonly keyring: Keyring
  readonly publisher: Publisher
  readonly osSealer?: OsSealer | undefined
  readonly exec: Exec
  /** Home folder whose browsers may be told to trust the authority. */
  readonly home: string
  readonly serverPorts: readonly number[]
  /** Ports of the transparent mode; those of https and http unless given. */
  readonly transparentPorts?: TransparentPorts | undefined
  readonly serve: boolean
}

/** Everything that makes `https://npub1….nostr` work. */
export interface HttpsServices extends Service {
  readonly trust: TrustServices
  readonly table: CertificatesTable
  readonly own: OwnCertificateServices
  readonly ownCertificates: OwnerCertificates
  check(domain: string, port: number | undefined, signal: AbortSignal): Promise<Result<CheckReport>>
  exportPem(id: string): Result<{ readonly pem: string }>
  staple(pubkey: PubkeyHex, host: string): Promise<Result<{ readonly certificatePem: string }>>
  prepareWindow(): Promise<Result<{ readonly proxyPort: number }>>
  judgeWindow(
    question: { readonly domain: string; readonly port: number; readonly der?: string | undefined },
    signal: AbortSignal,
  ): Promise<Result<{ readonly allowed: boolean; readonly html?: string }>>
  /** Drops what is remembered about the certificates of the key `pubkey`. */
  forgetOwner(pubkey: PubkeyHex): Promise<void>
  onCertificates(listener: () => void): Unsubscribe
}

/** What servers showed reaches the disk this often. */
const saveEveryMs = 10_000

export function createHttpsServices(env: Env, deps: HttpsServiceDeps): HttpsServices {
  const { health, names, settings, files } = deps
  const { allowsPrivateAddresses: allowsPrivate } = names
  const saved = deps.database.sublevel<readonly CertificateRow[]>('certificates', 'json')
  const certificateListeners = new Set<() => void>()
  let hasUnsaved = false
  let subscriptions: Unsubscribe[] = []

  const table = createCertificatesTable(() => {
    hasUnsaved = true
    for (const listener of certificateListeners) listener()
  })
  const authority = createLocalAuthority(env, {
    path: files.authority,
    osSealer: deps.osSealer,
    health,
  })
  const ownCertificates = createOwnerCertificates(env, {
    directory: files.certificates,
    statePath: files.ownCertificates,
    health,
  })
  const pins = createPinPolicy(env, {
    nostr: names.nostr,
    records: deps.database.sublevel('pins', 'json'),
    health,
  })
  const host = {
    platform: process.platform,
    exec: deps.exec,
    home: deps.home,
    variables: process.env,
    health,
  }
  const readStaple: ReadStaple = (der, name) => pins.staplePin(name, der)
  const resolve = (domain: string): Promise<Result<readonly string[]>> => names.addressesOf(domain)
  const trust = createTrustServices(env, {
    settings,
    health,
    authority,
    stores: createTrustStores(env, {
      ...host,
      recordsPath: files.trustRecords,
      isRoot: process.getuid?.() === 0,
    }),
    proxySetting: createProxySetting(env, { ...host, statePath: files.proxySetting }),
    serve: deps.serve,
    createTerminator: (port) =>
      createTerminator(env, {
        authority,
        pins,
        resolve,
        allowsPrivate,
        readStaple,
        readsAlt: canSpeakAlt(),
        wasEverPinned: (name) => pins.wasEverPinned(name),
        health,
        port,
        serverPorts: deps.serverPorts,
        ...(deps.transparentPorts === undefined ? {} : { transparentPorts: deps.transparentPorts }),
      }),
    onTerminator: (terminator) => terminator.onObservation((seen) => table.observe(seen)),
    steer: (addresses) =>
      names.server.steer(
        addresses.length === 0 ? undefined : createSteering({ clock: env.clock, pins, addresses }),
      ),
  })
  const uid = process.getuid?.()
  const peers = uid === undefined ? acceptEveryPeer() : createPeerGuard(uid)
  const nostrWindow = createNostrWindowService(env, {
    pins,
    resolve,
    allowsPrivate,
    isAllowed: (peer) => peers.allows(peer),
    readStaple,
  })
  const verifyDeps = {
    clock: env.clock,
    pins,
    resolve,
    allowsPrivate,
    readServer: createReadServer(env.clock),
  }

  const save = async (): Promise<void> => {
    if (!hasUnsaved) return
    hasUnsaved = false
    await saved.put('all', table.save())
  }
  const saveQuietly = (): void => {
    save().catch((error: unknown) => env.log.warn('certificates seen were not saved', { error }))
  }

  const note = (report: VerifyReport): void => {
    const name = parseName(report.name)
    if (name.kind !== 'nostr' || report.port === undefined || report.decision === undefined) return
    table.observe({
      name,
      domain: report.name,
      port: report.port,
      atMs: env.clock.nowMs(),
      decision: report.decision,
      outcome: report.verdict === 'match' ? 'allowed' : unreachableOr(report.verdict),
      ...(report.served === undefined ? {} : { served: report.served }),
      ...judgementOf(report),
    })
  }

  return {
    trust,
    table,
    ownCertificates,
    own: createOwnCertificateServices(ownCertificates, deps.publisher),
    async check(domain, port, signal) {
      const report = await verifyName(verifyDeps, domain, {
        signal,
        ...(port === undefined ? {} : { port }),
      })
      note(report)
      return report.verdict === 'bad-name'
        ? fail('certificates.bad-name', 'Only names that are keys, npub1….nostr, can be checked.')
        : ok({
            domain: report.name,
            port: report.port ?? 443,
            state: stateOf(report),
            exitClass: report.exitClass,
            steps: report.steps,
          })
    },
    exportPem(id) {
      const der = table.der(id)
      return der === undefined
        ? fail('certificates.unknown', 'No certificate of that server was seen.')
        : ok({ pem: certificatePem(Buffer.from(der, 'base64')) })
    },
    async staple(pubkey, host_) {
      const held = ownCertificates
        .list()
        .find(
          ({ role, ...entry }) =>
            entry.pubkey === pubkey && entry.host === host_ && role === 'current',
        )
      if (held === undefined) {
        return fail(
          'certificates.none',
          `There is no certificate for ${host_} yet.`,
          'Make one first.',
        )
      }
      const key = await readFile(held.keyPath, 'utf8').then(createPrivateKey, () => undefined)
      if (key === undefined) {
        return fail(
          'certificates.unreadable',
          `The key file ${held.keyPath} is missing or damaged.`,
        )
      }
      const stapled = await makeStapledCertificate(env, {
        owner: pubkey,
        hosts: [host_],
        key,
        sign: (template) => deps.keyring.sign(pubkey, template),
      })
      return stapled.ok ? ok({ certificatePem: stapled.value.certificatePem }) : stapled
    },
    prepareWindow: () => nostrWindow.prepare(),
    judgeWindow: (question, signal) => nostrWindow.judge(question, signal),
    async forgetOwner(pubkey) {
      for (const { id, npub } of table.list()) {
        if (npub === encodeNpub(pubkey)) table.forget(id)
      }
      await pins.forget(pubkey)
    },
    onCertificates(listener) {
      certificateListeners.add(listener)
      return () => certificateListeners.delete(listener)
    },
    async start() {
      await authority.start()
      await ownCertificates.start()
      await pins.start()
      table.restore((await saved.get('all')) ?? [])
      hasUnsaved = false
      subscriptions = [
        pins.onChange((owner) => {
          trust.terminator()?.judgeAgain(owner)
          // In the transparent mode pins decide where a name leads.
          names.server.invalidate(nostrKey(owner))
        }),
        nostrWindow.onObservation((seen) => table.observe(seen)),
        repeat(env.clock, saveEveryMs, saveQuietly),
      ]
      await nostrWindow.start()
      await trust.start()
    },
    async stop() {
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe()
      await nostrWindow.stop()
      peers.close()
      await trust.stop()
      await pins.stop()
      await ownCertificates.stop()
      await authority.stop()
      saveQuietly()
    },
  }
}

function stateOf({ verdict }: VerifyReport): CheckReport['state'] {
  switch (verdict) {
    case 'match':
    case 'no-certificate':
    case 'expired':
    case 'cannot-check':
    case 'unreachable':
      return verdict
    case 'mismatch':
    case 'wrong-name':
      return 'mismatch'
    case 'not-found':
    case 'bad-name':
      return 'unchecked'
  }
}

function unreachableOr(verdict: VerifyReport['verdict']): 'unreachable' | 'blocked' {
  return verdict === 'unreachable' ? 'unreachable' : 'blocked'
}

function judgementOf({ verdict, pin, decision }: VerifyReport): { judgement?: Judgement } {
  if (verdict === 'match' && pin !== undefined) return { judgement: { ok: true, pin } }
  if (verdict === 'mismatch' || verdict === 'wrong-name') {
    const expected = decision?.kind === 'pinned' ? decision.pins : []
    return { judgement: { ok: false, reason: verdict, expected } }
  }
  return {}
}
