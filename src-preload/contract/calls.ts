import { z } from 'zod'
import { settingsPatchSchema } from './settings.ts'

/**
 * Every call a front end can make of the engine, with the schema of its argument. The engine, the
 * shell's IPC router, the control socket and the preload bridge are all made from this table; a call
 * that is not here does not exist.
 */

const pubkey = z.string().regex(/^[0-9a-f]{64}$/u)
const label = z.string().trim().min(1).max(64)
const host = z
  .string()
  .min(1)
  .max(183)
  .regex(/^(@|[a-z0-9_*-]+(\.[a-z0-9_-]+)*)$/u, 'must be @ or a relative name such as www')
const password = z.string().min(1).max(1024)
const domainName = z.string().min(1).max(253)
const none = z.strictObject({})

const zoneRecord = z.strictObject({
  name: z.string().min(1).max(183),
  type: z.string().min(1).max(16),
  ttl: z.number().int().min(30).max(3600),
  rdata: z.string().max(4096),
})

/** Whether it is a point of the curve is looked at by the engine. */
const pkarrKey = z
  .string()
  .regex(/^[ybndrfg8ejkmcpqxot1uwisza345h769]{51}[yo]$/u, 'must be 52 z-base-32 characters')
/** `name` is relative to the key; `@` is the key itself. */
const pkarrRecord = z.strictObject({
  name: z.string().min(1).max(253),
  type: z.string().min(1).max(16),
  ttl: z.number().int().min(0).max(604_800),
  rdata: z.string().max(4096),
})

export const callSchemas = {
  'state.snapshot': none,
  'resolver.setEnabled': z.strictObject({ enabled: z.boolean() }),
  'names.resolve': z.strictObject({ name: domainName, type: z.string().max(16).default('A') }),
  'names.refresh': z.strictObject({ id: z.string().max(256) }),
  'names.forget': z.strictObject({ id: z.string().max(256) }),
  'petnames.set': z.strictObject({
    label: z.string().regex(/^[a-z0-9_-]{1,63}$/u),
    npub: z.string().max(128),
  }),
  'petnames.remove': z.strictObject({ label: z.string().max(63) }),
  /** The key behind a NIP-05 identifier changed, and the user says that this is right. */
  'nip05.acceptKey': z.strictObject({ identifier: z.string().max(320) }),
  'publish.detectAddress': none,
  'publish.address': z.strictObject({
    pubkey: pubkey.optional(),
    host: host.default('@'),
    addresses: z.array(z.string().max(64)).max(16).optional(),
    follow: z.boolean().default(true),
  }),
  'publish.records': z.strictObject({
    pubkey: pubkey.optional(),
    host,
    records: z.array(zoneRecord).max(64),
    lifetime: z.enum(['dynamic', 'normal', 'fixed']).optional(),
  }),
  /** A whole zone file: split into one host per canonical event. */
  'publish.zone': z.strictObject({ pubkey: pubkey.optional(), text: z.string().max(262_144) }),
  'publish.withdraw': z.strictObject({ pubkey: pubkey.optional(), host }),
  'publish.undoWithdraw': z.strictObject({ pubkey: pubkey.optional(), host }),
  'publish.republish': none,
  /** Makes the local authority if there is none, and starts the proxy. Callers have the user's consent. */
  'trust.enable': none,
  /** Stops the proxy, removes every trace from trust stores and proxy settings, destroys the authority. */
  'trust.disable': none,
  'trust.install': z.strictObject({ targetId: z.string().max(1024) }),
  'trust.remove': z.strictObject({ targetId: z.string().max(1024) }),
  'trust.setSystemProxy': z.strictObject({ enabled: z.boolean() }),
  'trust.rotate': none,
  /** The authority's certificate, for programs that take a file: `curl --cacert`. */
  'trust.exportRoot': none,
  /** Starts the proxy of the `.nostr` window: CONNECT to `.nostr` names, bytes untouched. */
  'nostrWindow.prepare': none,
  /** Whether the certificate a server showed to the `.nostr` window is vouched for by its owner. */
  'nostrWindow.judge': z.strictObject({
    domain: domainName,
    port: z.number().int().min(1).max(65535).default(443),
    /** DER, base64. Absent: no connection came about, and only the page that says why is wanted. */
    der: z.string().max(65_536).optional(),
  }),
  'certificates.check': z.strictObject({
    domain: domainName,
    port: z.number().int().min(1).max(65535).optional(),
  }),
  'certificates.export': z.strictObject({ id: z.string().max(300) }),
  'certificates.forget': z.strictObject({ id: z.string().max(300) }),
  'ownCertificates.create': z.strictObject({
    pubkey: pubkey.optional(),
    host: host.default('@'),
    extraNames: z.array(domainName).max(16).optional(),
    days: z.number().int().min(1).max(825).optional(),
  }),
  /** TLSA pins of the host's certificates, in its canonical event, with the compatibility copies. */
  'ownCertificates.publish': z.strictObject({
    pubkey: pubkey.optional(),
    host: host.default('@'),
    ports: z.array(z.number().int().min(1).max(65535)).min(1).max(4).default([443]),
    includeCertificate: z.boolean().default(false),
  }),
  /**
   * The host's certificate with its owner's signed word for it inside, for servers that want to be
   * verified while relays are down.
   */
  'ownCertificates.staple': z.strictObject({ pubkey: pubkey.optional(), host: host.default('@') }),
  'ownCertificates.renew': z.strictObject({ pubkey: pubkey.optional(), host: host.default('@') }),
  'ownCertificates.rotate': z.strictObject({ pubkey: pubkey.optional(), host: host.default('@') }),
  'ownCertificates.remove': z.strictObject({ pubkey: pubkey.optional(), host: host.default('@') }),
  /** Takes every pin out of the host's published event: visitors are then told it has no TLS. */
  'ownCertificates.withdraw': z.strictObject({
    pubkey: pubkey.optional(),
    host: host.default('@'),
  }),
  /** Looks at the operating system's configuration again, with a canary. */
  'system.look': none,
  /** What turning it on would write and run. */
  'system.plan': none,
  /** Routes our suffixes to this program. Callers have the user's consent. */
  'system.install': none,
  'system.uninstall': none,
  'pkarr.create': z.strictObject({ label }),
  'pkarr.import': z.strictObject({ text: z.string().max(256), label }),
  'pkarr.export': z.strictObject({ key: pkarrKey, form: z.enum(['hex', 'z32']) }),
  'pkarr.rename': z.strictObject({ key: pkarrKey, label }),
  'pkarr.remove': z.strictObject({ key: pkarrKey }),
  'pkarr.undoRemove': none,
  'pkarr.resolve': z.strictObject({
    key: pkarrKey,
    policy: z.enum(['cache-only', 'cache-first', 'network-only']).default('cache-first'),
  }),
  'pkarr.endpoints': z.strictObject({ name: domainName }),
  'pkarr.measure': z.strictObject({ key: pkarrKey, records: z.array(pkarrRecord).max(64) }),
  /** The whole zone: PKARR has no partial update. */
  'pkarr.publish': z.strictObject({ key: pkarrKey, records: z.array(pkarrRecord).max(64) }),
  /** The packet at hand, byte for byte; all own and followed keys when none is named. */
  'pkarr.republish': z.strictObject({ key: pkarrKey.optional() }),
  'pkarr.follow': z.strictObject({ key: pkarrKey, follow: z.boolean() }),
  'pkarr.forget': z.strictObject({ key: pkarrKey }),
  'keys.create': z.strictObject({ label }),
  'keys.import': z.strictObject({
    text: z.string().max(4096),
    label,
    password: password.optional(),
  }),
  'keys.importRemote': z.strictObject({ uri: z.string().max(4096), label }),
  'keys.export': z.strictObject({
    pubkey,
    form: z.enum(['nsec', 'hex', 'ncryptsec']),
    password: password.optional(),
  }),
  'keys.rename': z.strictObject({ pubkey, label }),
  'keys.setDefault': z.strictObject({ pubkey }),
  'keys.remove': z.strictObject({ pubkey }),
  'keys.undoRemove': none,
  'keys.unlock': z.strictObject({ passphrase: password }),
  'keys.lock': none,
  'settings.update': settingsPatchSchema,
  'engine.stop': none,
} as const

export type CallName = keyof typeof callSchemas
export type CallArgument<C extends CallName> = z.input<(typeof callSchemas)[C]>
export type ParsedArgument<C extends CallName> = z.output<(typeof callSchemas)[C]>

/**
 * Calls that carry secrets in or out. They are open to the CLI over the control socket and to the
 * shell's main process (clipboard, file dialogs), never to the renderer.
 */
export const shellOnlyCalls = [
  'keys.import',
  'keys.importRemote',
  'keys.export',
  'pkarr.import',
  'pkarr.export',
  'nostrWindow.prepare',
  'nostrWindow.judge',
  'engine.stop',
] as const satisfies readonly CallName[]

export type ShellOnlyCall = (typeof shellOnlyCalls)[number]
export type RendererCall = Exclude<CallName, ShellOnlyCall>
