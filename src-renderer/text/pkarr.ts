import { formatList, plural } from './format.ts'

/** Texts of the PKARR screen. */
export const pkarrText = {
  title: 'PKARR',
  subtitle:
    'Names that are ed25519 keys. Their signed zones travel over the Mainline DHT and over relays, and are checked here.',
  tabsLabel: 'Parts of PKARR',
  tabs: { zones: 'Zones', keys: 'Your keys', carriers: 'Relays and DHT' },
  off: {
    title: 'PKARR names are not answered',
    text: 'What is kept here is shown, but nothing is fetched and nothing is sent.',
    action: 'Open the settings',
  },
  carrierNames: { dht: 'DHT' },

  lookup: {
    title: 'Look up a key',
    label: 'Key or name to look up',
    placeholder: 'A 52-character key, www.<key>, or a pk: address',
    policy: 'Where to look',
    policies: {
      'cache-first': 'Here first',
      'network-only': 'Newest anywhere',
      'cache-only': 'Caches only',
    },
    submit: 'Look up',
    missing: 'Enter a key to look up.',
    secret: 'That is a secret key. It was not sent anywhere and has been removed from this field.',
    notAKey: 'That holds no PKARR key: a key has 52 characters and ends in y or o.',
    close: 'Close the answer',
    found: (count: number) => `Found a zone with ${plural(count, 'record', 'records')}`,
    foundEmpty: 'Found a zone without records',
    notFound: 'Nobody has a zone of this key',
    notFoundText:
      'Relays and DHT nodes answered, and none has one. Its owner may not have published it, or it was not sent again for too long.',
    unverified: 'Found, but the signature was not checked',
  },

  tableCaption: 'PKARR zones',
  search: 'Filter zones',
  searchPlaceholder: 'Filter by key, label, record or carrier',
  clearSearch: 'Clear the filter',
  noMatch: (query: string) => `Nothing matches “${query}”.`,
  count: (shown: number, all: number) =>
    shown === all ? plural(all, 'zone', 'zones') : `${shown} of ${plural(all, 'zone', 'zones')}`,
  empty: {
    title: 'No zones yet',
    text: 'Zones you look up, follow or publish appear here. Create a key to publish your own.',
  },
  offline:
    'No relay and no DHT node can be reached. What is kept here is shown; your zones are sent again as soon as one can.',
  columns: {
    name: 'Key',
    state: 'Signature',
    source: 'From',
    age: 'Signed',
    size: 'Size',
    next: 'Next',
  },
  columnHints: {
    state: 'Whether the signature of this key was checked on this computer',
    source: 'Where the newest packet came from',
    age: 'How long ago its owner signed it',
    size: 'Bytes of at most 1000',
    next: 'When it is sent again (own and followed keys) or fetched again',
  },
  sortBy: (column: string) => `Sort by ${column}`,
  own: 'yours',
  followed: 'followed',
  states: {
    verified: 'Checked',
    unverified: 'Unverified',
    stale: 'Old',
    empty: 'No records',
    unpublished: 'Not published',
    failed: 'Not found',
  },
  stateHints: {
    verified: 'The signature was checked here.',
    unverified: 'It came from a DoH server, and nobody checked the signature here.',
    stale: 'Checked here, but no carrier has shown it for longer than it is valid.',
    empty: 'Signed by its owner, with nothing in it.',
    unpublished: 'Nothing was published for this key yet.',
    failed: 'No carrier has a zone of this key.',
  },
  sources: {
    cache: 'this computer',
    relay: 'relay',
    dht: 'DHT',
    doh: 'DoH server',
  },
  bytes: (size: number) => `${size} of 1000 bytes`,

  detail: {
    what: 'key',
    recordsTitle: 'Records',
    noRecords: 'The zone has no records.',
    nothing: 'Nothing is known of this key yet.',
    unpublished: 'Nothing was published for this key yet. Edit its zone to begin.',
    trustTitle: 'Why this can be believed',
    unverifiedTitle: 'Unverified',
    unverifiedText:
      'This answer came from a DoH server alone. Nobody checked the owner’s signature on this computer, so the server could have changed it. Fetch the signed packet to be sure.',
    fetch: 'Fetch and check',
    staleTitle: 'Not seen for a while',
    staleText:
      'The signature is right, but no carrier has shown this zone for longer than it is valid. It is used until a newer one is found.',
    failureTitle: 'The last look-up failed',
    signature: 'Signature',
    signatures: {
      checked: 'Checked on this computer: ed25519, by this key',
      unchecked: 'Not checked',
    },
    signed: 'Signed',
    source: 'From',
    carriers: 'Had it',
    lastSeen: 'Last seen',
    size: 'Size',
    nextRefresh: 'Fetched again',
    nextRepublish: 'Sent again',
    notes: 'Notes',
    deliveryTitle: 'Last time it was sent',
    endpointsTitle: 'Services',
    endpointsText: 'Where the services of this key are reached, by its HTTPS records.',
    findEndpoints: 'Find services',
    noEndpoints: 'This key names no service.',
    endpointKey: (key: string) => `must prove the key ${key}`,
  },
  actions: {
    refresh: 'Fetch again',
    refreshed: (name: string) => `Fetched ${name} again`,
    edit: 'Edit zone',
    resend: 'Send again',
    resent: (name: string) => `Sent ${name} again`,
    resendAll: 'Send all again',
    resentAll: (count: number) => `Sent ${plural(count, 'zone', 'zones')} again`,
    resentPartly: (sent: number, all: number) =>
      `Sent ${sent} of ${plural(all, 'zone', 'zones')} again`,
    follow: 'Follow',
    followHint: 'Its packet is sent again every hour, so that it does not get lost.',
    followed: (name: string) => `${name} is sent again every hour from now on`,
    unfollow: 'Stop following',
    unfollowed: (name: string) => `${name} is no longer sent again`,
    forget: 'Forget',
    forgotten: (name: string) => `Forgot ${name}`,
    lookUpAgain: 'Look up again',
    copyKey: 'Copy key',
  },

  delivery: {
    states: {
      stored: 'stored',
      conflict: 'has a newer one',
      'rate-limited': 'asked to wait',
      refused: 'refused',
      unreachable: 'unreachable',
    },
    nodes: (count: number) => plural(count, 'node', 'nodes'),
    sent: (where: readonly string[]) => `Sent: ${formatList(where)}`,
    onNodes: (count: number) => `on ${plural(count, 'DHT node', 'DHT nodes')}`,
    onRelays: (count: number, all: number) => `on ${count} of ${plural(all, 'relay', 'relays')}`,
    notSent: 'Not sent',
    notSentText: 'No carrier took it. It is tried again by itself.',
    conflictText:
      'A newer zone of this key is out there, probably sent by another program of yours. Fetch it, and edit that one.',
    fewNodes: (count: number) =>
      `Only ${plural(count, 'DHT node is', 'DHT nodes are')} known to hold it; 10 or more are usual. It may be hard to find until it is sent again within the hour.`,
  },

  editor: {
    title: (name: string) => `Zone of ${name}`,
    description:
      'The whole zone is signed and sent as one packet. Names are relative to the key; @ is the key itself. Names in the data are written in full.',
    noRows: 'No records: publishing this says that the key has none.',
    publish: 'Publish zone',
    publishAgain: 'Publish again',
    locked: 'This key is locked. Unlock it on the Keys screen to publish.',
    meter: 'Size of the zone',
    measuring: 'Measuring…',
    size: (size: number, limit: number) => `${size} of ${limit} bytes`,
    left: (count: number) => `${count} left`,
    tooMany: (count: number) => `${plural(count, 'byte', 'bytes')} too many`,
    tooLarge: 'A packet holds no more than that. Remove or shorten records.',
    tooManyRecords: 'At most 64 records can be sent.',
    newerTitle: 'A newer zone was found',
    newerText: 'It was published since you opened this. Take it, or yours replaces it.',
    takeNewer: 'Take it',
    done: (size: number) => `Signed, ${size} bytes`,
  },

  keys: {
    title: 'Your PKARR keys',
    subtitle: 'Each is a name of its own. The secret seed never leaves this computer.',
    locked:
      'These keys are locked. Zones go on being sent again; changing one needs your passphrase.',
    create: {
      open: 'Create a PKARR key',
      title: 'Create a PKARR key',
      description:
        'A new ed25519 key is made on this computer and stays here. The key is the name.',
      doneDetail: 'Back it up soon: without a copy, losing this computer means losing the name.',
    },
    importKey: {
      open: 'Import a seed',
      title: 'Import a seed',
      description:
        'Reads a seed of 64 hex digits or 52 z-base-32 characters, as pkdns-cli writes it. The seed goes straight to the vault and never through this window.',
    },
    exportKey: {
      forms: { hex: '64 hex digits', z32: '52 z-base-32 characters, as pkdns-cli reads them' },
      warning: 'The seed is readable by every program that sees it.',
    },
    empty: {
      title: 'No PKARR keys yet',
      text: 'Create one to have a name on the DHT, or import the seed of one you already use.',
    },
    what: 'key',
  },

  carriers: {
    title: 'Relays and DHT',
    subtitle:
      'Packets are fetched from all of them at once; none is trusted, every signature is checked.',
    states: { unused: 'Not needed yet', ok: 'Working', failing: 'Failing', off: 'Off' },
    nodes: (count: number) => `knows ${plural(count, 'node', 'nodes')}`,
    fewNodes: 'Still looking for other computers.',
    empty: 'No relay is set and the DHT is off, so nothing can be fetched or sent.',
    settings: 'Change in the settings',
  },
} as const
