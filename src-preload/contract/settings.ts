import { z } from 'zod'

/** Host:port endpoint on loopback. */
const port = z.number().int().min(1).max(65535)
const relayUrl = z
  .string()
  .regex(/^wss?:\/\/[^\s]+$/u, 'must be a ws:// or wss:// URL')
  .max(512)

/** An upstream resolver: `8.8.8.8`, `1.1.1.1:53`, `[2606:4700::1111]:53` or an https:// DoH URL. */
const upstream = z.string().min(2).max(512)

/**
 * The settings file, current version. Every field has a default, so that a file written by an older
 * program of the same version still loads; unknown fields are refused with their name.
 */
export const settingsSchema = z.strictObject({
  version: z.literal(1),
  resolver: z
    .strictObject({
      /** Whether `.nostr` names are answered at all: the toggle in the tray. */
      enabled: z.boolean().default(true),
      proxyPort: port.default(5354),
      splitPort: port.default(5364),
      dohPort: port.default(5380),
      /** Take the next free port when one is busy. */
      usePortFallback: z.boolean().default(true),
      upstreams: z.array(upstream).min(1).max(8).default(['8.8.8.8', '1.1.1.1']),
      /** Keys (npubs in hex, PKARR keys) whose private-range addresses are answered. Own ones always are. */
      privateAddressOwners: z
        .array(z.string().regex(/^(?:[0-9a-f]{64}|[a-z0-9]{52})$/u))
        .max(1000)
        .default([]),
    })
    .prefault({}),
  relays: z
    .strictObject({
      defaults: z
        .array(relayUrl)
        .max(16)
        .default([
          'wss://relay.damus.io',
          'wss://nos.lol',
          'wss://relay.primal.net',
          'wss://relay.snort.social',
          'wss://relay.cashu.email',
        ]),
      indexers: z
        .array(relayUrl)
        .max(8)
        .default(['wss://purplepag.es', 'wss://user.kindpag.es', 'wss://indexer.coracle.social']),
      user: z.array(relayUrl).max(16).default([]),
      /** The relay inside this program: publish queue, LAN and offline use. */
      embedded: z
        .strictObject({
          enabled: z.boolean().default(true),
          port: port.default(7447),
          /** Listen beyond loopback, for the local network. */
          lan: z.boolean().default(false),
        })
        .prefault({}),
    })
    .prefault({}),
  systems: z
    .strictObject({
      nip05: z.boolean().default(false),
      nns30053: z.boolean().default(false),
      dnstr31034: z.boolean().default(false),
    })
    .prefault({}),
  publish: z
    .strictObject({
      copyPoc: z.boolean().default(true),
      copyNodns: z.boolean().default(true),
      /** Kind 30003, which bookmark lists use too: only for those who need old NoDNS programs. */
      copyNodnsCertificate: z.boolean().default(false),
      /** HTTPS services that answer with the caller's address as text. */
      addressServices: z
        .array(z.url())
        .max(12)
        .default([
          'https://api64.ipify.org',
          'https://icanhazip.com',
          'https://ifconfig.co/ip',
          'https://checkip.amazonaws.com',
        ]),
      stunServers: z
        .array(z.string().min(3).max(256))
        .max(8)
        .default(['stun.l.google.com:19302', 'stun.cloudflare.com:3478']),
      /** Look for a changed address this often. Minutes. */
      addressCheckMinutes: z.number().int().min(1).max(1440).default(5),
    })
    .prefault({}),
  trust: z
    .strictObject({
      /** Whether the local proxy judges `.nostr` servers for browsers. */
      enabled: z.boolean().default(false),
      /**
       * Names with pins resolve to this computer, so that programs that know no proxy reach the
       * judge too. Needs the right to listen on port 443.
       */
      transparent: z.boolean().default(false),
      /** 0 until trust is first switched on; then a random high port, kept. */
      proxyPort: z.number().int().min(0).max(65535).default(0),
      /** Whether the desktop is pointed at the proxy for as long as it runs. */
      systemProxy: z.boolean().default(false),
    })
    .prefault({}),
  /** The operating system's split DNS. What is in force is looked at, never remembered. */
  system: z
    .strictObject({
      /** Suffixes the operating system sends to us once the user turned that on. */
      suffixes: z
        .array(z.enum(['nostr', 'pkarr', 'key']))
        .min(1)
        .max(3)
        .default(['nostr', 'pkarr', 'key']),
    })
    .prefault({}),
  mdns: z
    .strictObject({
      /** Announce own names as `npub1….local`. Off: on a foreign network it tells who you are. */
      enabled: z.boolean().default(false),
      /** Answer this computer for any `npub1….local` from its published record. */
      answerForOthers: z.boolean().default(false),
    })
    .prefault({}),
  pkarr: z
    .strictObject({
      enabled: z.boolean().default(true),
      relays: z
        .array(z.url({ protocol: /^https?$/u }).max(512))
        .max(16)
        .default(['https://pkarr.pubky.app', 'https://pkarr.pubky.org']),
      dht: z
        .strictObject({
          enabled: z.boolean().default(true),
          /** UDP port of the DHT socket; 0 for any. */
          port: z.number().int().min(0).max(65535).default(0),
          bootstrap: z
            .array(z.string().min(3).max(256))
            .max(16)
            .default([
              'router.bittorrent.com:6881',
              'dht.transmissionbt.com:6881',
              'dht.libtorrent.org:25401',
              'relay.pkarr.org:6881',
            ]),
        })
        .prefault({}),
      /** Keys of others whose packets are re-announced hourly. */
      follow: z
        .array(z.string().regex(/^[a-z0-9]{52}$/u))
        .max(1000)
        .default([]),
      /** Bounds of a packet's time to live. Seconds. */
      minTtl: z.number().int().min(0).max(86_400).default(300),
      maxTtl: z.number().int().min(60).max(604_800).default(86_400),
    })
    .prefault({}),
  ui: z
    .strictObject({
      theme: z.enum(['system', 'light', 'dark']).default('system'),
      openAtLogin: z.boolean().default(false),
      startHidden: z.boolean().default(false),
    })
    .prefault({}),
})

export type Settings = z.output<typeof settingsSchema>

type SettingsSection = Exclude<keyof Settings, 'version'>

/** A change to settings: fields not named keep their value. */
export type SettingsPatch = { readonly [S in SettingsSection]?: Partial<Settings[S]> }

const section = z.record(z.string(), z.unknown()).optional()

/**
 * The shape of a patch only. Its fields are checked by `settingsSchema` after the merge: checking
 * them here would apply defaults and so reset what the patch does not name.
 */
export const settingsPatchSchema = z.strictObject({
  resolver: section,
  relays: section,
  systems: section,
  publish: section,
  trust: section,
  system: section,
  mdns: section,
  pkarr: section,
  ui: section,
})
