import type { NameEntry, RecordView } from '../../src-preload/contract/model.ts'

const bech32 = '023456789acdefghjklmnpqrstuvwxyz'
const zBase32 = 'ybndrfg8ejkmcpqxot1uwisza345h769'

/** `length` characters of `alphabet`, others for every seed. */
function fakeText(seed: number, alphabet: string, length: number): string {
  let state = (seed * 2654435761 + 12345) >>> 0
  let data = ''
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data += alphabet[state >>> 27] ?? 'q'
  }
  return data
}

/** A different, well-shaped (not checksummed) npub for every seed. */
export function fakeNpub(seed: number): string {
  return `npub1${fakeText(seed, bech32, 58)}`
}

/** The same for PKARR keys, whose last character is always `y` or `o`. */
export function fakePkarrKey(seed: number): string {
  return `${fakeText(seed, zBase32, 51)}o`
}

/** 64 hex digits for every seed: an event id or a public key. */
export function fakeHex(seed: number): string {
  let state = (seed * 40503 + 7) >>> 0
  let hex = ''
  for (let index = 0; index < 8; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    hex += state.toString(16).padStart(8, '0')
  }
  return hex
}

export const relayUrls = [
  'wss://relay.damus.io',
  'wss://nos.lol',
  'wss://relay.primal.net',
  'wss://relay.snort.social',
  'wss://relay.cashu.email',
] as const

function record(name: string, type: string, ttl: number, rdata: string): RecordView {
  return { name, type, ttl, rdata }
}

interface NameSketch {
  readonly seed: number
  readonly alias?: string
  readonly isOwn?: boolean
  readonly state?: NameEntry['state']
  readonly format?: string
  readonly records?: (name: string) => readonly RecordView[]
  readonly relays?: number
  readonly seenAgo?: number
  readonly signedAgo?: number
  readonly failure?: string
  readonly notes?: readonly string[]
  readonly hosts?: readonly string[]
}

export function nameEntry(sketch: NameSketch, nowMs: number): NameEntry {
  const npub = fakeNpub(sketch.seed)
  const name = `${npub}.nostr`
  const state = sketch.state ?? 'ok'
  const seenAtMs = nowMs - (sketch.seenAgo ?? 40) * 1000
  const signedAt = Math.floor(nowMs / 1000) - (sketch.signedAgo ?? 7200)
  const hasData = state === 'ok' || state === 'empty'
  return {
    id: `nostr:${fakeHex(sketch.seed)}`,
    name,
    hosts: sketch.hosts ?? ['@'],
    npub,
    isOwn: sketch.isOwn ?? false,
    state,
    records:
      sketch.records?.(name) ??
      (state === 'ok' ? [record(name, 'A', 300, `203.0.113.${sketch.seed % 250}`)] : []),
    eventIds: hasData ? [fakeHex(sketch.seed + 900)] : [],
    relays: hasData ? relayUrls.slice(0, sketch.relays ?? 3) : [],
    lastAskedMs: nowMs - (sketch.seenAgo ?? 40) * 900,
    asked: 1 + (sketch.seed % 40),
    notes: sketch.notes ?? [],
    ...(sketch.alias === undefined ? {} : { alias: sketch.alias }),
    ...(hasData
      ? { format: sketch.format ?? 'canonical', seenAtMs, signedAt, validUntil: signedAt + 604_800 }
      : {}),
    ...(sketch.failure === undefined ? {} : { failure: sketch.failure }),
  }
}

export function richNames(nowMs: number): readonly NameEntry[] {
  const sketches: readonly NameSketch[] = [
    {
      seed: 1,
      alias: 'Home server',
      isOwn: true,
      seenAgo: 12,
      signedAgo: 900,
      relays: 5,
      hosts: ['@', 'www', 'nas'],
      records: (name) => [
        record(name, 'A', 300, '203.0.113.10'),
        record(name, 'AAAA', 300, '2001:db8:4a2:9f00::10'),
        record(`www.${name}`, 'CNAME', 300, name),
        record(`_443._tcp.${name}`, 'TLSA', 300, `3 1 1 ${fakeHex(77)}`),
      ],
    },
    { seed: 2, alias: 'alice', relays: 4, seenAgo: 61, signedAgo: 86_400 * 2 },
    {
      seed: 3,
      alias: 'bob@example.com',
      format: 'nodns-11111',
      relays: 2,
      seenAgo: 130,
      signedAgo: 86_400 * 5,
      records: (name) => [
        record(name, 'A', 300, '198.51.100.23'),
        record(name, 'MX', 300, '10 mail.example.com.'),
        record(name, 'TXT', 300, '"v=spf1 -all"'),
      ],
    },
    { seed: 4, format: 'poc-30000', relays: 1, seenAgo: 20, signedAgo: 86_400 * 40 },
    {
      seed: 5,
      state: 'empty',
      relays: 3,
      seenAgo: 300,
      notes: ['2 private addresses withheld'],
    },
    { seed: 6, state: 'nxdomain', seenAgo: 15 },
    {
      seed: 7,
      state: 'failed',
      failure: 'Not enough relays answered: 1 of 5 (No Reachable Authority)',
      seenAgo: 4,
    },
    { seed: 8, state: 'resolving', seenAgo: 1 },
    { seed: 9, format: 'nodns-31111', relays: 2, seenAgo: 210, signedAgo: 3600 },
    { seed: 10, relays: 5, seenAgo: 280, signedAgo: 86_400 * 6, alias: 'pixel-garden' },
    { seed: 11, relays: 3, seenAgo: 90, signedAgo: 500 },
    { seed: 12, relays: 3, seenAgo: 33, signedAgo: 12_000 },
  ]
  return sketches.map((sketch) => nameEntry(sketch, nowMs))
}

export function manyNames(count: number, nowMs: number): readonly NameEntry[] {
  return Array.from({ length: count }, (_, index) =>
    nameEntry({ seed: 100 + index, relays: 1 + (index % 5), seenAgo: index % 290 }, nowMs),
  )
}
