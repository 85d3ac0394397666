import type { OwnCertificateView, Snapshot } from '../../src-preload/contract/model.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import type { SettingsPatch } from '../../src-preload/contract/settings.ts'
import type { ResolveReport } from '../../src-preload/contract/model.ts'
import type { RecordType } from '../dns/wire/message.ts'
import { parseRecordType } from '../dns/wire/record-type.ts'
import type { ResolverConfig } from '../host/resolver/resolver-config.ts'
import type { Keyring } from '../keys/keyring.ts'
import { decodeNpub } from '../names/npub.ts'
import type { PubkeyHex } from '../names/name.ts'
import type { PublishReport, Publisher } from '../publish/publisher.ts'
import type { OwnCertificate } from '../trust/owner-certificates.ts'
import type { PkarrKeyring } from '../keys/pkarr-keyring.ts'
import type { PkarrServices } from './pkarr-services.ts'
import type { HttpsServices } from './https-services.ts'
import type { CallHandlers } from './rpc.ts'

/** What the calls act on; the engine passes its services. */
export interface HandlerParts {
  readonly signal: AbortSignal
  readonly snapshot: () => Snapshot
  readonly keyring: Keyring
  readonly publisher: Publisher & {
    publishZone(
      pubkey: PubkeyHex,
      text: string,
      options: { signal: AbortSignal },
    ): Promise<Result<readonly PublishReport[]>>
  }
  readonly explain: (name: string, type: RecordType) => Promise<ResolveReport>
  readonly setEnabled: (enabled: boolean) => Promise<Result<void>>
  readonly refreshName: (id: string) => Promise<Result<void>>
  readonly forgetName: (id: string) => Promise<Result<void>>
  readonly petnames: {
    set(label: string, pubkey: PubkeyHex): Promise<Result<void>>
    remove(label: string): Promise<Result<void>>
  }
  readonly https: HttpsServices
  readonly system: ResolverConfig
  readonly pkarr: PkarrServices
  readonly pkarrKeys: PkarrKeyring
  readonly acceptKey: (identifier: string) => Promise<Result<void>>
  readonly updateSettings: (patch: SettingsPatch) => Promise<Result<unknown>>
  readonly onStopRequest: () => void
}

export function createHandlers(parts: HandlerParts): CallHandlers {
  const { keyring, publisher, https, system, pkarr, pkarrKeys, signal } = parts

  const viewed = (result: Result<OwnCertificate>): Result<OwnCertificateView> =>
    result.ok ? ok(https.own.view(result.value)) : result

  const owner = (pubkey: string | undefined): Result<PubkeyHex> => {
    const chosen =
      pubkey === undefined
        ? keyring.default()
        : keyring.list().find((identity) => identity.pubkey === pubkey)
    if (chosen !== undefined) return ok(chosen.pubkey)
    return pubkey === undefined
      ? fail('keys.none', 'There is no key to publish with.', 'Make or import one first.')
      : fail('keys.unknown', 'That key is not held here.')
  }

  const asOwner = async <T>(
    pubkey: string | undefined,
    work: (pubkey: PubkeyHex) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const found = owner(pubkey)
    return found.ok ? work(found.value) : found
  }

  return {
    'state.snapshot': async () => ok(parts.snapshot()),
    'resolver.setEnabled': async ({ enabled }) =>
      replace(await parts.setEnabled(enabled), { enabled }),
    'names.resolve': async ({ name, type }) => {
      const recordType = parseRecordType(type)
      if (recordType === undefined) {
        return fail('dns.unknown-type', `"${type}" is not a DNS record type.`)
      }
      return ok(await parts.explain(name, recordType))
    },
    'names.refresh': async ({ id }) => done(await parts.refreshName(id)),
    'names.forget': async ({ id }) => done(await parts.forgetName(id)),
    'petnames.set': async ({ label, npub }) => {
      const pubkey = decodeNpub(npub)
      return pubkey === undefined
        ? fail('names.bad-npub', 'That is not an npub: check it was copied whole.')
        : done(await parts.petnames.set(label, pubkey))
    },
    'petnames.remove': async ({ label }) => done(await parts.petnames.remove(label)),
    'nip05.acceptKey': async ({ identifier }) => done(await parts.acceptKey(identifier)),
    'publish.detectAddress': async () => ok(await publisher.detectAddress(signal)),
    'publish.address': ({ pubkey, host, addresses, follow }) =>
      asOwner(pubkey, (key) =>
        publisher.publishAddress(key, {
          host,
          follow,
          signal,
          ...(addresses === undefined ? {} : { addresses }),
        }),
      ),
    'publish.records': ({ pubkey, host, records, lifetime }) =>
      asOwner(pubkey, (key) =>
        publisher.publishRecords(key, host, records, {
          signal,
          ...(lifetime === undefined ? {} : { lifetime }),
        }),
      ),
    'publish.zone': ({ pubkey, text }) =>
      asOwner(pubkey, (key) => publisher.publishZone(key, text, { signal })),
    'publish.withdraw': ({ pubkey, host }) =>
      asOwner(pubkey, (key) => publisher.withdraw(key, host, signal)),
    'publish.undoWithdraw': ({ pubkey, host }) =>
      asOwner(pubkey, (key) => publisher.undoWithdraw(key, host, signal)),
    'publish.republish': async () => ok(await publisher.republish(signal)),
    'trust.enable': () => https.trust.enable(),
    'trust.disable': () => https.trust.disable(),
    'trust.install': ({ targetId }) => https.trust.install(targetId),
    'trust.remove': ({ targetId }) => https.trust.remove(targetId),
    'trust.setSystemProxy': ({ enabled }) => https.trust.setSystemProxy(enabled),
    'trust.rotate': () => https.trust.rotate(),
    'trust.exportRoot': async () => https.trust.exportRoot(),
    'nostrWindow.prepare': () => https.prepareWindow(),
    'nostrWindow.judge': (question) => https.judgeWindow(question, signal),
    'certificates.check': ({ domain, port }) => https.check(domain, port, signal),
    'certificates.export': async ({ id }) => https.exportPem(id),
    'certificates.forget': async ({ id }) =>
      https.table.forget(id)
        ? ok(null)
        : fail('certificates.unknown', 'That name is not in the table any more.'),
    'ownCertificates.create': ({ pubkey, host, extraNames, days }) =>
      asOwner(pubkey, async (key) =>
        viewed(
          await https.ownCertificates.create(key, host, {
            ...(extraNames === undefined ? {} : { extraNames }),
            ...(days === undefined ? {} : { days }),
          }),
        ),
      ),
    'ownCertificates.publish': ({ pubkey, host, ports, includeCertificate }) =>
      asOwner(pubkey, (key) => https.own.publish(key, host, { ports, includeCertificate, signal })),
    'ownCertificates.staple': ({ pubkey, host }) =>
      asOwner(pubkey, (key) => https.staple(key, host)),
    'ownCertificates.renew': ({ pubkey, host }) =>
      asOwner(pubkey, async (key) => viewed(await https.ownCertificates.renew(key, host))),
    'ownCertificates.rotate': ({ pubkey, host }) =>
      asOwner(pubkey, async (key) => viewed(await https.ownCertificates.rotate(key, host))),
    'ownCertificates.remove': ({ pubkey, host }) =>
      asOwner(pubkey, async (key) => done(await https.ownCertificates.remove(key, host))),
    'ownCertificates.withdraw': ({ pubkey, host }) =>
      asOwner(pubkey, (key) => https.own.withdraw(key, host, signal)),
    'system.look': async () => ok(await system.look()),
    'system.plan': () => system.plan(),
    'system.install': () => system.install(),
    'system.uninstall': () => system.uninstall(),
    'pkarr.create': ({ label }) => pkarrKeys.create(label),
    'pkarr.import': ({ text, label }) => pkarrKeys.importSeed(text, { label }),
    'pkarr.export': async ({ key, form }) => {
      const text = await pkarrKeys.exportSeed(key, form)
      return text.ok ? ok({ text: text.value }) : text
    },
    'pkarr.rename': ({ key, label }) => pkarrKeys.rename(key, label),
    'pkarr.remove': async ({ key }) => done(await pkarrKeys.remove(key)),
    'pkarr.undoRemove': () => pkarrKeys.undoRemove(),
    'pkarr.resolve': ({ key, policy }) => pkarr.resolve(key, policy, signal),
    'pkarr.endpoints': ({ name }) => pkarr.endpoints(name, signal),
    'pkarr.measure': async ({ key, records }) => pkarr.measure(key, records),
    'pkarr.publish': ({ key, records }) => pkarr.publish(key, records, signal),
    'pkarr.republish': ({ key }) => pkarr.republish(key, signal),
    'pkarr.follow': async ({ key, follow }) => done(await pkarr.follow(key, follow)),
    'pkarr.forget': async ({ key }) => done(await pkarr.forget(key)),
    'keys.create': ({ label }) => keyring.create(label),
    'keys.import': ({ text, label, password }) =>
      keyring.importSecret(text, password === undefined ? { label } : { label, password }),
    'keys.importRemote': ({ uri, label }) => keyring.importRemote(uri, { label }),
    'keys.export': async ({ pubkey, form, password }) => {
      const text = await keyring.exportSecret(pubkey, form, password)
      return text.ok ? ok({ text: text.value }) : text
    },
    'keys.rename': ({ pubkey, label }) => keyring.rename(pubkey, label),
    'keys.setDefault': ({ pubkey }) => keyring.setDefault(pubkey),
    'keys.remove': async ({ pubkey }) => done(await keyring.remove(pubkey)),
    'keys.undoRemove': () => keyring.undoRemove(),
    'keys.unlock': async ({ passphrase }) => done(await keyring.unlock(passphrase)),
    'keys.lock': async () => {
      keyring.lock()
      return ok(null)
    },
    'settings.update': async (patch) =>
      // The patch's fields are checked against the whole schema by the settings store.
      done(await parts.updateSettings(patch as SettingsPatch)),
    'engine.stop': async () => {
      parts.onStopRequest()
      return ok(null)
    },
  }
}

function done(result: Result<unknown>): Result<null> {
  return replace(result, null)
}

function replace<T>(result: Result<unknown>, value: T): Result<T> {
  return result.ok ? ok(value) : result
}
