import type { PkarrPublishReport, PkarrZoneView } from '../../src-preload/contract/pkarr-model.ts'
import type { Answers, FakeEngine } from './fake-answers.ts'
import { fakePkarrKey } from './fixture-names.ts'
import { delivered, pkarrIdentity, pkarrZone } from './fixture-pkarr.ts'

/** How the calls about PKARR change the fake engine. */
export const pkarrAnswers: Answers = {
  'pkarr.create': ({ label }, { emit, snapshot }) => {
    const { pkarr } = snapshot()
    const seed = 60 + pkarr.identities.length
    const made = pkarrIdentity(seed, Date.now(), { label, isBackedUp: false })
    emit({ pkarr: { ...pkarr, identities: [...pkarr.identities, made] } })
    return made
  },
  'pkarr.rename': ({ key, label }, { emit, snapshot }) => {
    const { pkarr } = snapshot()
    const identities = pkarr.identities.map((held) =>
      held.key === key ? { ...held, label } : held,
    )
    const zones = pkarr.zones.map((zone) => (zone.key === key ? { ...zone, alias: label } : zone))
    emit({ pkarr: { ...pkarr, identities, zones } })
    return pkarrIdentity(7, 0, { key, label })
  },
  'pkarr.remove': ({ key }, { emit, snapshot }) => {
    const { pkarr } = snapshot()
    const identities = pkarr.identities.filter((held) => held.key !== key)
    emit({ pkarr: { ...pkarr, identities, canUndoRemove: true } })
    return null
  },
  'pkarr.undoRemove': (_, { emit, snapshot }) => {
    const { pkarr } = snapshot()
    const back = pkarrIdentity(8, Date.now(), { label: 'Notes' })
    emit({ pkarr: { ...pkarr, identities: [...pkarr.identities, back], canUndoRemove: false } })
    return back
  },
  'pkarr.resolve': ({ key }, engine) => {
    const { zones, identities } = engine.snapshot().pkarr
    const held = zones.find((zone) => zone.key === key)
    const isUnpublished = held === undefined && identities.some((own) => own.key === key)
    if (isUnpublished || key === fakePkarrKey(15)) {
      return {
        error: { code: 'pkarr.not-found', message: '21 nodes answered, and none has a packet.' },
      }
    }
    const known = held ?? pkarrZone(1, Date.now(), { key })
    // A carrier was asked: what it had is signed, and was checked.
    const found: PkarrZoneView =
      known.source === 'doh' ? { ...known, isVerified: true, source: 'dht' } : known
    setZone(found, engine)
    return found
  },
  'pkarr.endpoints': ({ name }) => [
    {
      target: `homeserver.${name}`,
      port: 443,
      addresses: ['203.0.113.40'],
      key: fakePkarrKey(90),
    },
  ],
  'pkarr.measure': ({ records }) => {
    const bad = records.find(({ type, rdata }) => type === 'A' && !/^\d+(\.\d+){3}$/u.test(rdata))
    if (bad !== undefined) {
      return {
        error: {
          code: 'pkarr.bad-record',
          message: `${bad.name} ${bad.type}: "${bad.rdata}" is not an IPv4 address.`,
        },
      }
    }
    const size = records.reduce((sum, { name, rdata }) => sum + name.length + rdata.length + 12, 66)
    const short = records.filter(({ ttl }) => ttl < 300).length
    return {
      size,
      limit: 1000,
      warnings:
        short === 0
          ? []
          : ['One record has a TTL below 300 s: readers keep packets for 300 s all the same.'],
    }
  },
  'pkarr.publish': ({ key, records }, engine) => {
    const report: PkarrPublishReport = {
      key,
      signedAtMs: Date.now(),
      size: 240,
      delivery: delivered,
      nodes: 17,
      warnings: [],
    }
    const { zones, identities } = engine.snapshot().pkarr
    const held = zones.find((zone) => zone.key === key) ?? pkarrZone(7, Date.now(), { key })
    const alias = identities.find((identity) => identity.key === key)?.label
    setZone(
      {
        ...held,
        ...(alias === undefined ? {} : { alias }),
        isOwn: true,
        records,
        signedAtMs: report.signedAtMs,
        delivery: { atMs: report.signedAtMs, results: delivered },
      },
      engine,
    )
    return report
  },
  'pkarr.republish': ({ key }, { snapshot }) =>
    snapshot()
      .pkarr.zones.filter((zone) =>
        key === undefined ? zone.isOwn || zone.isFollowed : zone.key === key,
      )
      .map((zone, index) => ({
        key: zone.key,
        signedAtMs: Date.now(),
        size: zone.size,
        delivery:
          index === 0
            ? delivered
            : [{ carrier: 'dht', kind: 'dht', state: 'unreachable' } as const],
        nodes: 17,
        warnings: [],
      })),
  'pkarr.follow': ({ key, follow }, engine) => {
    const held = engine.snapshot().pkarr.zones.find((zone) => zone.key === key)
    if (held !== undefined) setZone({ ...held, isFollowed: follow }, engine)
    return null
  },
  'pkarr.forget': ({ key }, { emit, snapshot }) => {
    const { pkarr } = snapshot()
    emit({ pkarr: { ...pkarr, zones: pkarr.zones.filter((zone) => zone.key !== key) } })
    return null
  },
}

function setZone(zone: PkarrZoneView, { emit, snapshot }: FakeEngine): void {
  const { pkarr } = snapshot()
  const isKnown = pkarr.zones.some(({ key }) => key === zone.key)
  const zones = isKnown
    ? pkarr.zones.map((held) => (held.key === zone.key ? zone : held))
    : [...pkarr.zones, zone]
  emit({ pkarr: { ...pkarr, zones } })
}
