import type {
  CertificateEntry,
  OwnCertificateView,
  PinView,
  TrustTargetView,
  TrustView,
} from '../../src-preload/contract/model.ts'
import { fakeHex, fakeNpub } from './fixture-names.ts'

const day = 86_400

export function pinView(nowMs: number, change: Partial<PinView> = {}): PinView {
  const now = Math.floor(nowMs / 1000)
  return {
    kind: 'spki',
    value: fakeHex(600),
    strength: 'pin',
    format: 'canonical',
    eventId: fakeHex(800),
    signedAt: now - 2 * day,
    validUntil: now + 5 * day,
    ...change,
  }
}

interface EntrySketch extends Partial<Omit<CertificateEntry, 'served'>> {
  readonly seed: number
  readonly sub?: string
  /** Seed of the key the server shows; `null` when it showed nothing. */
  readonly shows?: number | null
  readonly servedNames?: readonly string[]
}

export function certificateEntry(sketch: EntrySketch, nowMs: number): CertificateEntry {
  const { seed, sub, shows = seed + 600, servedNames, ...change } = sketch
  const now = Math.floor(nowMs / 1000)
  const npub = fakeNpub(seed)
  const domain = sub === undefined ? `${npub}.nostr` : `${sub}.${npub}.nostr`
  const port = change.port ?? 443
  const firstSeenMs = nowMs - (seed % 20) * day * 1000
  return {
    id: `${domain}:${port}`,
    domain,
    port,
    npub,
    state: 'match',
    pins: [pinView(nowMs, { value: fakeHex(seed + 600), eventId: fakeHex(seed + 900) })],
    firstSeenMs,
    lastCheckedMs: nowMs - seed * 61_000,
    history: [
      { atMs: firstSeenMs, what: 'first seen' },
      { atMs: firstSeenMs, what: `now: ${change.state ?? 'match'}` },
    ],
    ...(shows === null
      ? {}
      : {
          served: {
            subject: '',
            names: servedNames ?? [domain, `${npub}.local`],
            spkiSha256: fakeHex(shows),
            certificateSha256: fakeHex(shows + 1000),
            validFrom: now - 20 * day,
            validTo: now + 345 * day,
          },
        }),
    ...change,
  }
}

export function richCertificates(nowMs: number): readonly CertificateEntry[] {
  const hours = (count: number): number => nowMs - count * 3_600_000
  const sketches: readonly EntrySketch[] = [
    {
      seed: 1,
      pins: [
        pinView(nowMs, { value: fakeHex(601), eventId: fakeHex(501) }),
        pinView(nowMs, { value: fakeHex(692), eventId: fakeHex(501) }),
      ],
      history: [
        { atMs: hours(3), what: 'the owner changed the pins' },
        { atMs: hours(50), what: 'the server showed a new certificate of the same key' },
        { atMs: hours(400), what: 'first seen' },
        { atMs: hours(400), what: 'now: match' },
      ],
    },
    { seed: 2 },
    {
      seed: 3,
      sub: 'www',
      state: 'mismatch',
      shows: 666,
      history: [
        { atMs: hours(0.1), what: 'the server showed another key' },
        { atMs: hours(0.1), what: 'now: mismatch' },
        { atMs: hours(120), what: 'first seen' },
        { atMs: hours(120), what: 'now: match' },
      ],
    },
    {
      seed: 4,
      pins: [
        pinView(nowMs, {
          kind: 'certificate',
          value: fakeHex(1604),
          strength: 'hint',
          format: 'poc-30001',
          eventId: fakeHex(904),
        }),
      ],
    },
    {
      seed: 5,
      state: 'no-certificate',
      pins: [],
      shows: null,
      detail: 'The newest event of the owner names no certificate for port 443.',
    },
    {
      seed: 9,
      state: 'expired',
      pins: [
        pinView(nowMs, {
          value: fakeHex(609),
          eventId: fakeHex(909),
          validUntil: Math.floor(nowMs / 1000) - 3 * day,
        }),
      ],
    },
    {
      seed: 10,
      state: 'cannot-check',
      pins: [],
      shows: null,
      detail: '1 of 5 relays answered, and it does not have the owner’s events.',
    },
    {
      seed: 11,
      port: 8443,
      state: 'unreachable',
      shows: null,
      detail: 'connect ETIMEDOUT 198.51.100.44:8443',
    },
    { seed: 12, sub: 'git', state: 'unchecked', shows: null },
  ]
  return sketches.map((sketch) => certificateEntry(sketch, nowMs))
}

/** The owner vouches for the key, but the certificate is made out to somebody else. */
export function wrongNameCertificate(nowMs: number): CertificateEntry {
  return certificateEntry(
    { seed: 7, state: 'mismatch', servedNames: ['router.example.com'] },
    nowMs,
  )
}

const targets: readonly TrustTargetView[] = [
  {
    id: 'nss:/home/me/.local/share/pki/nssdb',
    title: 'Chromium, Chrome, Brave and others',
    kind: 'chromium',
    isPrivileged: false,
    state: 'installed',
  },
  {
    id: 'nss:/home/me/.config/mozilla/firefox/k3x9.default-release',
    title: 'Firefox (default-release)',
    kind: 'firefox',
    isPrivileged: false,
    state: 'missing',
  },
  {
    id: 'nss:/home/me/snap/chromium/current/.pki/nssdb',
    title: 'Chromium (snap)',
    kind: 'chromium',
    isPrivileged: false,
    state: 'unavailable',
    detail: 'The program certutil is not installed.',
    hint: 'Install the package libnss3-tools, then look again.',
  },
  {
    id: 'linux-system',
    title: 'System store (curl, git, wget)',
    kind: 'system',
    isPrivileged: true,
    state: 'missing',
  },
]

export const trustOff: TrustView = {
  proxy: { state: 'off', port: 0, pacUrl: '', connections: 0 },
  targets: [],
  systemProxy: { state: 'none' },
}

export function trustOn(nowMs: number): TrustView {
  return {
    authority: {
      commonName: 'Nostr Names (desk) 9f31c2aa',
      rootSha256: fakeHex(3001),
      validTo: Math.floor(nowMs / 1000) + 5 * 365 * day,
      createdAtMs: nowMs - 40 * day * 1000,
      protection: 'os',
    },
    proxy: {
      state: 'listening',
      port: 47_813,
      pacUrl: 'http://127.0.0.1:47813/proxy.pac',
      connections: 3,
    },
    targets,
    systemProxy: { state: 'ours' },
  }
}

/** Switched on a moment ago: nothing is installed anywhere. */
export function trustFresh(nowMs: number): TrustView {
  return {
    ...trustOn(nowMs),
    targets: targets.map((target) =>
      target.state === 'installed' ? { ...target, state: 'missing' } : target,
    ),
    systemProxy: { state: 'none' },
  }
}

export function trustWithErrors(nowMs: number): TrustView {
  const on = trustOn(nowMs)
  return {
    ...on,
    ...(on.authority === undefined ? {} : { authority: { ...on.authority, protection: 'plain' } }),
    proxy: {
      state: 'failed',
      port: 47_813,
      pacUrl: 'http://127.0.0.1:47813/proxy.pac',
      connections: 0,
      problem: 'Port 47813 is in use by another program (pid 2210).',
    },
    targets: on.targets.map((target) =>
      target.kind === 'firefox'
        ? {
            ...target,
            state: 'conflict',
            detail: 'Another certificate has the name this one needs.',
            hint: 'Open Settings, Certificates in Firefox and remove “Nostr Names (desk)”.',
          }
        : target,
    ),
    systemProxy: {
      state: 'other',
      detail: 'http://wpad.corp.example/proxy.pac',
      merge:
        'if (host.length > 6 && host.substring(host.length - 6) === ".nostr") {\n  return "PROXY 127.0.0.1:47813";\n}',
    },
  }
}

export function ownCertificate(
  nowMs: number,
  change: Partial<OwnCertificateView> = {},
): OwnCertificateView {
  const host = change.host ?? '@'
  const npub = fakeNpub(1)
  const name = host === '@' ? npub : `${host}.${npub}`
  const now = Math.floor(nowMs / 1000)
  const file = `${host === '@' ? 'apex' : host}-${(change.spkiSha256 ?? fakeHex(601)).slice(0, 8)}`
  return {
    pubkey: fakeHex(1),
    host,
    names: [`${name}.nostr`, ...(host === '@' ? [`${npub}.local`] : [])],
    spkiSha256: fakeHex(601),
    validFrom: now - 20 * day,
    validTo: now + 345 * day,
    certificatePath: `/home/me/.local/share/nostr-dns/certificates/${file}.crt`,
    keyPath: `/home/me/.local/share/nostr-dns/certificates/${file}.key`,
    role: 'current',
    isPublished: true,
    ...change,
  }
}

export function richOwnCertificates(nowMs: number): readonly OwnCertificateView[] {
  const now = Math.floor(nowMs / 1000)
  return [
    ownCertificate(nowMs),
    ownCertificate(nowMs, { role: 'next', spkiSha256: fakeHex(692) }),
    ownCertificate(nowMs, {
      host: 'www',
      spkiSha256: fakeHex(693),
      validTo: now + 9 * day + 3600,
    }),
    ownCertificate(nowMs, { host: 'git', spkiSha256: fakeHex(694), isPublished: false }),
  ]
}

export function ownCertificatesWithErrors(nowMs: number): readonly OwnCertificateView[] {
  const now = Math.floor(nowMs / 1000)
  return [
    ownCertificate(nowMs, { validTo: now - 2 * day }),
    ownCertificate(nowMs, { host: 'git', spkiSha256: fakeHex(694), isPublished: false }),
    ownCertificate(nowMs, {
      host: 'git',
      role: 'next',
      spkiSha256: fakeHex(695),
      isPublished: false,
    }),
    ownCertificate(nowMs, { host: 'git', role: 'previous', spkiSha256: fakeHex(696) }),
  ]
}
