import type { CallArgument, CallName, RendererCall } from '../../src-preload/contract/calls.ts'
import type { Delta, Identity, ResolveReport, Snapshot } from '../../src-preload/contract/model.ts'
import type { Replies, Reply } from '../../src-preload/contract/replies.ts'
import { fakeHex, fakeNpub, relayUrls } from './fixture-names.ts'
import { pkarrAnswers } from './fake-pkarr-answers.ts'
import { systemAnswers } from './fake-system-answers.ts'
import { trustAnswers } from './fake-trust-answers.ts'
import { identity, publishReport } from './fixtures.ts'

export interface FakeEngine {
  readonly emit: (slices: Delta['slices'], names?: Delta['names']) => void
  readonly snapshot: () => Snapshot
}

/** How each call changes the fake engine. Calls that are missing answer null and change nothing. */
export type Answers = {
  readonly [C in RendererCall]?: (
    argument: CallArgument<C>,
    engine: FakeEngine,
  ) => Replies[C] | { readonly error: { readonly code: string; readonly message: string } }
}

const answers: Answers = {
  ...trustAnswers,
  ...systemAnswers,
  ...pkarrAnswers,
  'state.snapshot': (_, { snapshot }) => snapshot(),
  'resolver.setEnabled': ({ enabled }, { emit, snapshot }) => {
    emit({ resolver: { ...snapshot().resolver, enabled } })
    return { enabled }
  },
  'names.resolve': ({ name, type }) => resolveReport(name, type ?? 'A'),
  'names.forget': ({ id }, { emit }) => {
    emit({}, { upsert: [], remove: [id] })
    return null
  },
  'petnames.set': (petname, { emit, snapshot }) => {
    const others = snapshot().petnames.filter(({ label }) => label !== petname.label)
    emit({ petnames: [...others, petname] })
    return null
  },
  'petnames.remove': ({ label }, { emit, snapshot }) => {
    emit({ petnames: snapshot().petnames.filter((petname) => petname.label !== label) })
    return null
  },
  'nip05.acceptKey': ({ identifier }, { emit, snapshot }) => {
    const keyChanges = snapshot().keyChanges.filter((change) => change.identifier !== identifier)
    emit({ keyChanges })
    return null
  },
  'publish.detectAddress': (_, { snapshot }) =>
    snapshot().publish.address ?? { sightings: [], atMs: Date.now() },
  'publish.address': (_, { emit, snapshot }) => {
    const report = publishReport(Date.now(), { atMs: Date.now() })
    const { publish } = snapshot()
    const hosts = publish.hosts.map((held) =>
      held.host === '@' ? { ...held, lastPublished: report } : held,
    )
    emit({ publish: { ...publish, hosts } })
    return report
  },
  'publish.records': ({ host, records, lifetime }, { emit, snapshot }) => {
    const bad = records.find(({ type, rdata }) => type === 'A' && !/^\d+(\.\d+){3}$/u.test(rdata))
    if (bad !== undefined) {
      return {
        error: {
          code: 'publish.bad-record',
          message: `${bad.name} ${bad.type}: "${bad.rdata}" is not an IPv4 address.`,
        },
      }
    }
    const { publish } = snapshot()
    const held = publish.hosts.find((one) => one.host === host)
    const report = publishReport(Date.now(), { atMs: Date.now(), host })
    const changed = {
      pubkey: report.pubkey,
      host,
      followsAddress: held?.followsAddress ?? false,
      isWithdrawn: false,
      records,
      lifetime: lifetime ?? held?.lifetime ?? 'normal',
      lastPublished: report,
    } as const
    emit({
      publish: {
        ...publish,
        hosts: [...publish.hosts.filter((one) => one.host !== host), changed],
      },
    })
    return report
  },
  'publish.zone': ({ text }) => {
    const lines = text.split('\n')
    const bad = lines.flatMap((line, index) =>
      / A +[^0-9 ]/u.test(line) ? [`line ${index + 1}: "A" needs an IPv4 address`] : [],
    )
    if (bad.length > 0) {
      return {
        error: {
          code: 'publish.bad-zone',
          message: `The zone file cannot be published: ${bad.join('; ')}.`,
          hint: 'Nothing was changed. Correct these lines and publish it again.',
        },
      }
    }
    const hosts = [...new Set(lines.flatMap((line) => /^\S+/u.exec(line) ?? []))]
    return hosts.map((host) =>
      publishReport(Date.now(), {
        host,
        atMs: Date.now(),
        ...(host === 'www' ? { state: 'partial' } : {}),
      }),
    )
  },
  'publish.withdraw': ({ host }, { emit, snapshot }) => {
    setWithdrawn(host, true, emit, snapshot())
    return publishReport(Date.now(), { host })
  },
  'publish.undoWithdraw': ({ host }, { emit, snapshot }) => {
    setWithdrawn(host, false, emit, snapshot())
    return publishReport(Date.now(), { host })
  },
  'publish.republish': () => [publishReport(Date.now())],
  'keys.create': ({ label }, { emit, snapshot }) => {
    const { keys } = snapshot()
    const seed = 40 + keys.identities.length
    const made = identity(seed, Date.now(), {
      label,
      isBackedUp: false,
      isDefault: keys.identities.length === 0,
    })
    emit({ keys: { ...keys, identities: [...keys.identities, made] } })
    return made
  },
  'keys.rename': ({ pubkey, label }, engine) => changeIdentity(pubkey, { label }, engine),
  'keys.setDefault': ({ pubkey }, engine) => {
    const { keys } = engine.snapshot()
    const identities = keys.identities.map((held) => ({ ...held, isDefault: false }))
    engine.emit({ keys: { ...keys, identities } })
    return changeIdentity(pubkey, { isDefault: true }, engine)
  },
  'keys.remove': ({ pubkey }, { emit, snapshot }) => {
    const { keys } = snapshot()
    const identities = keys.identities.filter((held) => held.pubkey !== pubkey)
    emit({ keys: { ...keys, identities, canUndoRemove: true } })
    return null
  },
  'keys.undoRemove': (_, { emit, snapshot }) => {
    const { keys } = snapshot()
    const back = identity(21, Date.now(), { label: 'Blog' })
    emit({ keys: { ...keys, identities: [...keys.identities, back], canUndoRemove: false } })
    return back
  },
  'keys.unlock': ({ passphrase }, { emit, snapshot }) => {
    if (passphrase === 'wrong passphrase') {
      return { error: { code: 'keys.wrong-passphrase', message: 'Wrong passphrase.' } }
    }
    const { keys } = snapshot()
    const identities = keys.identities.map((held) => ({ ...held, isLocked: false }))
    const vault = { ...keys.vault, isUnlocked: true, needsPassphrase: false, hasPassphrase: true }
    emit({ keys: { ...keys, identities, vault } })
    return null
  },
  'keys.lock': (_, { emit, snapshot }) => {
    const { keys } = snapshot()
    const identities = keys.identities.map((held) => ({ ...held, isLocked: true }))
    const vault = { ...keys.vault, isUnlocked: false, needsPassphrase: true, hasPassphrase: true }
    emit({ keys: { ...keys, identities, vault } })
    return null
  },
}

export function answerCall<C extends RendererCall>(
  name: C,
  argument: unknown,
  engine: FakeEngine,
): Reply<C> {
  const answer = answers[name] as ((argument: unknown, engine: FakeEngine) => unknown) | undefined
  const value = answer?.(argument, engine) ?? null
  if (typeof value === 'object' && value !== null && 'error' in value) {
    return { ok: false, error: value.error } as Reply<C>
  }
  return { ok: true, value } as { ok: true; value: Replies[C & CallName] }
}

function setWithdrawn(
  host: string,
  isWithdrawn: boolean,
  emit: FakeEngine['emit'],
  { publish }: Snapshot,
): void {
  const hosts = publish.hosts.map((held) => (held.host === host ? { ...held, isWithdrawn } : held))
  emit({ publish: { ...publish, hosts } })
}

function changeIdentity(
  pubkey: string,
  change: Partial<Identity>,
  { emit, snapshot }: FakeEngine,
): Identity {
  const { keys } = snapshot()
  const identities = keys.identities.map((held) =>
    held.pubkey === pubkey ? { ...held, ...change } : held,
  )
  emit({ keys: { ...keys, identities } })
  return identities.find((held) => held.pubkey === pubkey) ?? identity(1, 0)
}

function resolveReport(name: string, type: string): ResolveReport {
  if (name.includes('missing')) {
    return {
      name,
      type,
      rcode: 'NXDOMAIN',
      answers: [],
      elapsedMs: 812,
      steps: [
        {
          name,
          type,
          kind: 'nxdomain',
          records: [],
          system: 'nostr',
          sources: relayUrls.slice(0, 2),
          verifiedBy: 'denied by 2 relays',
        },
      ],
    }
  }
  if (name.includes('stranger')) {
    return {
      name,
      type,
      rcode: 'NOERROR',
      answers: [],
      withheld: ['192.168.1.9'],
      elapsedMs: 40,
      steps: [],
    }
  }
  const npub = fakeNpub(2)
  const target = `${npub}.nostr`
  const signedAt = Math.floor(Date.now() / 1000) - 86_400
  const alias = { name, type: 'CNAME', ttl: 300, rdata: `${target}.` }
  const final = { name: target, type, ttl: 300, rdata: '203.0.113.2' }
  return {
    name,
    type,
    rcode: 'NOERROR',
    answers: [alias, final],
    elapsedMs: 96,
    steps: [
      {
        name,
        type,
        kind: 'alias',
        records: [alias],
        system: 'petname',
        verifiedBy: 'set by you',
      },
      {
        name: target,
        type,
        kind: 'answer',
        records: [final],
        system: 'nostr',
        format: 'canonical',
        signer: npub,
        eventIds: [fakeHex(902)],
        sources: relayUrls.slice(0, 3),
        signedAt,
        validUntil: signedAt + 604_800,
        verifiedBy: 'event id and signature (NIP-01)',
      },
    ],
  }
}
