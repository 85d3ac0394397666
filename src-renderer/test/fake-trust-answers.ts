import type { CheckReport, TrustView } from '../../src-preload/contract/model.ts'
import type { Answers, FakeEngine } from './fake-answers.ts'
import { fakeHex } from './fixture-names.ts'
import { publishReport } from './fixtures.ts'
import { ownCertificate, trustFresh, trustOff } from './fixture-trust.ts'

const pem = `-----BEGIN CERTIFICATE-----\n${'MIIBfTCCASOgAwIBAgIUQx0K7mYz4m8d\n'.repeat(9)}-----END CERTIFICATE-----\n`

/** How the calls about trust and certificates change the fake engine. */
export const trustAnswers: Answers = {
  'trust.enable': (_, engine) => setTrust(trustFresh(Date.now()), engine),
  'trust.disable': (_, engine) => setTrust(trustOff, engine),
  'trust.install': ({ targetId }, engine) => setTarget(targetId, 'installed', engine),
  'trust.remove': ({ targetId }, engine) => setTarget(targetId, 'missing', engine),
  'trust.setSystemProxy': ({ enabled }, engine) => {
    const { trust } = engine.snapshot()
    return setTrust({ ...trust, systemProxy: { state: enabled ? 'ours' : 'none' } }, engine)
  },
  'trust.rotate': (_, engine) => {
    const { trust } = engine.snapshot()
    if (trust.authority === undefined) return trust
    const commonName = 'Nostr Names (desk) 04d7be11'
    const authority = { ...trust.authority, commonName, rootSha256: fakeHex(3002) }
    return setTrust({ ...trust, authority }, engine)
  },
  'trust.exportRoot': () => ({ pem }),
  'certificates.check': ({ domain, port = 443 }, { emit, snapshot }) => {
    const { certificates } = snapshot()
    const id = `${domain}:${port}`
    const held = certificates.find((entry) => entry.id === id)
    emit({
      certificates: certificates.map((entry) =>
        entry.id === id ? { ...entry, lastCheckedMs: Date.now() } : entry,
      ),
    })
    return checkReport(domain, port, held?.state ?? 'match')
  },
  'certificates.export': () => ({ pem }),
  'certificates.forget': ({ id }, { emit, snapshot }) => {
    emit({ certificates: snapshot().certificates.filter((entry) => entry.id !== id) })
    return null
  },
  'ownCertificates.create': ({ pubkey, host = '@' }, { emit, snapshot }) => {
    const made = ownCertificate(Date.now(), {
      host,
      ...(pubkey === undefined ? {} : { pubkey }),
      isPublished: false,
    })
    emit({ ownCertificates: [...snapshot().ownCertificates, made] })
    return made
  },
  'ownCertificates.publish': ({ host = '@' }, { emit, snapshot }) => {
    const ownCertificates = snapshot().ownCertificates.map((held) =>
      held.host === host ? { ...held, isPublished: true } : held,
    )
    emit({ ownCertificates })
    return publishReport(Date.now(), { host, atMs: Date.now() })
  },
  'ownCertificates.renew': ({ host = '@' }, engine) => {
    const renewed = ownCertificate(Date.now(), { host })
    return changeOwn(host, { validTo: renewed.validTo }, engine)
  },
  'ownCertificates.rotate': ({ host = '@' }, engine) => {
    const { ownCertificates } = engine.snapshot()
    if (ownCertificates.some((held) => held.host === host && held.role === 'next')) {
      engine.emit({
        ownCertificates: ownCertificates.map((held) =>
          held.host === host
            ? { ...held, role: held.role === 'next' ? 'current' : 'previous' }
            : held,
        ),
      })
      return ownCertificate(Date.now(), { host })
    }
    const next = ownCertificate(Date.now(), {
      host,
      role: 'next',
      spkiSha256: fakeHex(690),
      isPublished: false,
    })
    engine.emit({ ownCertificates: [...ownCertificates, next] })
    return next
  },
  'ownCertificates.withdraw': ({ host = '@' }, { emit, snapshot }) => {
    const ownCertificates = snapshot().ownCertificates.map((held) =>
      held.host === host ? { ...held, isPublished: false } : held,
    )
    emit({ ownCertificates })
    return publishReport(Date.now(), { host, atMs: Date.now() })
  },
  'ownCertificates.staple': () => ({ certificatePem: pem }),
  'ownCertificates.remove': ({ host = '@' }, { emit, snapshot }) => {
    emit({ ownCertificates: snapshot().ownCertificates.filter((held) => held.host !== host) })
    return null
  },
}

function setTrust(trust: TrustView, { emit }: FakeEngine): TrustView {
  emit({ trust })
  return trust
}

function setTarget(
  id: string,
  state: 'installed' | 'missing',
  { emit, snapshot }: FakeEngine,
): TrustView {
  const { trust } = snapshot()
  const targets = trust.targets.map((target) => (target.id === id ? { ...target, state } : target))
  return setTrust({ ...trust, targets }, { emit, snapshot })
}

function changeOwn(
  host: string,
  change: { readonly validTo: number },
  { emit, snapshot }: FakeEngine,
): ReturnType<typeof ownCertificate> {
  const ownCertificates = snapshot().ownCertificates.map((held) =>
    held.host === host ? { ...held, ...change } : held,
  )
  emit({ ownCertificates })
  return ownCertificates.find((held) => held.host === host) ?? ownCertificate(0)
}

export function checkReport(
  domain: string,
  port: number,
  state: CheckReport['state'],
): CheckReport {
  const report = (steps: CheckReport['steps']): CheckReport => ({
    domain,
    port,
    state,
    exitClass: state === 'match' ? 'ok' : 'failed',
    steps: [
      { step: 'name', ok: true, detail: `The name is the public key ${fakeHex(2)}.` },
      { step: 'address', ok: true, detail: '203.0.113.2, signed by the owner 2 days ago.' },
      ...steps,
    ],
  })
  const connected = { step: 'connect', ok: true, detail: `203.0.113.2 port ${port}, TLSv1.3.` }
  switch (state) {
    case 'no-certificate':
    case 'cannot-check':
      return report([
        { step: 'connect', ok: false, detail: '203.0.113.2 port 443: connection refused.' },
        connected,
        { step: 'pins', ok: false, detail: `No certificate on port ${port}.` },
      ])
    case 'unreachable':
      return report([
        { step: 'connect', ok: false, detail: `203.0.113.2 port ${port}: timed out.` },
      ])
    case 'match':
    case 'mismatch':
    case 'expired':
    case 'unchecked':
      return report([
        connected,
        {
          step: 'pins',
          ok: true,
          detail: `Event ${fakeHex(902)} (canonical) vouches on port ${port} for key ${fakeHex(602)}.`,
        },
        {
          step: 'compare',
          ok: state === 'match',
          detail:
            state === 'match'
              ? `Pinned by the owner: key ${fakeHex(602)} is the one vouched for.`
              : `The server showed key ${fakeHex(666)}, which its owner does not vouch for.`,
        },
      ])
  }
}
