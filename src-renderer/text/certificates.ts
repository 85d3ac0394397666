import { plural } from './format.ts'

/** Texts of the Certificates screen: its frame and the servers that were visited. */
export const certificatesText = {
  title: 'Certificates',
  subtitle: 'Whether servers under .nostr show the certificate that their owner signed for.',
  tabsLabel: 'Parts of this screen',
  tabs: { servers: 'Visited servers', computer: 'This computer', own: 'Your servers' },
  tabWarning: (count: number) => plural(count, 'problem', 'problems'),
  tableCaption: 'Servers you visited',
  columns: { name: 'Server', port: 'Port', state: 'State', strength: 'Proof', checked: 'Checked' },
  columnHints: {
    state: 'Sort by how urgent the state is',
    strength: 'How firmly the owner vouches: a pin, or only a hint in an older format',
    checked: 'When a connection was last judged',
  },
  sortBy: (column: string) => `Sort by ${column}`,
  search: 'Filter servers',
  searchPlaceholder: 'Filter by name, state or hash',
  count: (shown: number, total: number) =>
    shown === total
      ? plural(total, 'server', 'servers')
      : `${shown} of ${plural(total, 'server', 'servers')}`,
  noMatch: (query: string) => `Nothing matches “${query}”`,
  clearSearch: 'Clear the filter',
  own: 'yours',
  states: {
    match: 'Matches',
    mismatch: 'Mismatch',
    'no-certificate': 'No certificate',
    expired: 'Expired',
    'cannot-check': 'Cannot check',
    unreachable: 'Unreachable',
    unchecked: 'Not checked',
  },
  strengths: { pin: 'Pin', hint: 'Hint' },
  strengthHints: {
    pin: 'The owner signed for this in the format made for it, with an end date.',
    hint: 'The owner signed for this in an older format that other programs can overwrite. It counts, but is weaker.',
  },
  empty: {
    title: 'No servers yet',
    text: 'Servers appear here when a browser on this computer opens an https address under .nostr. You can also check one above.',
  },
  offline:
    'No relay can be reached. Certificates the owners announced before still count, for at most 7 days.',
  off: {
    title: 'Browsers here cannot open https addresses under .nostr yet',
    text: 'Turn on HTTPS trust: ordinary browsers then open them, and refuse a wrong certificate.',
  },
  attention: {
    title: (count: number) =>
      count === 1
        ? 'One server is not the one its owner vouches for'
        : `${count} servers are not the ones their owners vouch for`,
    text: 'Connections to it were closed before anything was sent. The details say what it may mean.',
    textMany:
      'Connections to them were closed before anything was sent. The details say what it may mean.',
    show: 'Show details',
  },

  check: {
    title: 'Check a server',
    label: 'Server to check',
    placeholder: 'npub1….nostr, www.npub1….nostr, or an https address',
    port: 'Port',
    portPlaceholder: '443',
    submit: 'Check',
    close: 'Close the result',
    missing: 'Enter a name first.',
    secret:
      'That is a secret key, not a name. It was not sent anywhere. Clear your clipboard, and use the npub instead.',
    badPort: 'A port is a number from 1 to 65535.',
    steps: 'What was done',
    stepNames: {
      name: 'Read the name',
      address: 'Find the address',
      pins: 'Ask what the owner vouches for',
      connect: 'Connect to the server',
      compare: 'Compare both',
    },
    passed: 'passed',
    failed: 'failed',
    verdicts: {
      match: 'This is the server its owner vouches for',
      mismatch: 'This is not the server its owner vouches for',
      'no-certificate': 'The owner vouches for no certificate here',
      expired: 'The owner’s word has run out',
      'cannot-check': 'It cannot be checked now',
      unreachable: 'The server cannot be reached',
      unchecked: 'It was not checked',
    },
  },

  detail: {
    checkNow: 'Check now',
    openWindow: 'Open',
    openWindowHint: 'Opens in a window of Nostr DNS that checks the certificate itself',
    export: 'Export certificate',
    forget: 'Forget',
    forgotten: (name: string) => `Forgot ${name}`,
    checkAgain: 'Check again',
    comparisonTitle: 'Comparison',
    vouched: 'The owner vouches for',
    shown: 'The server showed',
    notShown: 'nothing yet',
    kinds: { spki: 'Key', certificate: 'Whole certificate' },
    hash: (kind: string) => `${kind} (SHA-256)`,
    verdicts: {
      equal: 'equal',
      different: 'different',
      expired: 'equal, but ran out',
      unknown: 'not compared',
    },
    pinMarks: {
      equal: 'equal to what the server showed',
      other: 'vouched for, not used now',
      different: 'different from what the server showed',
      expired: 'ran out',
      unknown: 'not compared',
    },
    otherName:
      'The hashes are equal, but the certificate is made out to other names. The names are listed below.',
    pinsTitle: 'What the owner vouches for',
    noPins: 'Nothing is known.',
    strength: 'Proof',
    format: 'Format',
    event: 'Signed event',
    signedAt: 'Signed',
    validUntil: 'Valid until',
    ranOut: 'Ran out',
    servedTitle: 'What the server showed',
    notServed: 'No certificate was seen from this server.',
    subject: 'Subject',
    noSubject: 'empty, as it should be: the names below count',
    names: 'Names',
    key: 'Key',
    certificate: 'Certificate',
    from: 'Valid from',
    to: 'Valid to',
    datesHint: 'These dates are only informative: the owner’s event decides how long it counts.',
    historyTitle: 'History',
    owner: 'Owner',
    firstSeen: 'First seen',
    lastChecked: 'last checked',
    hashOf: (what: string) => `${what} hash`,
  },

  history: {
    'first seen': 'First seen',
    'the owner changed the pins': 'The owner changed what they vouch for',
    'the server showed another key': 'The server showed another key',
    'the server showed a new certificate of the same key':
      'The server showed a new certificate with the same key',
    'a live connection was ended': 'A connection was ended because the owner withdrew the pin',
  },
  historyState: (state: string) => `Now: ${state}`,

  export: {
    title: 'Certificate',
    description: (name: string) =>
      `What ${name} showed last, as PEM text. It is public: it holds no secret.`,
    usage: 'Saved as server.pem, it works with curl --cacert server.pem for this name only.',
  },
  pem: { copy: 'Copy PEM', copied: 'Certificate copied', label: 'PEM text' },
} as const

export interface StateAdvice {
  readonly title: string
  readonly text: string
  readonly advice: readonly string[]
}

const askOwner = 'Ask the owner by a way that is not this site.'

/** What a state means and what to do about it; nothing for a match. */
export const stateAdvice = {
  mismatch: {
    title: 'Not the server its owner vouches for',
    text: 'Either somebody stands between you and the server, or the owner changed the certificate without announcing it. The connection was closed before anything was sent, so nothing of yours is lost.',
    advice: [
      'On a public or company network, try another one and check again.',
      askOwner,
      'Do not enter anything on a page that a different program shows for this name.',
    ],
  },
  wrongName: {
    title: 'The certificate is made out to another name',
    text: 'The owner vouches for this certificate, but it does not say that it is for this name. A name could otherwise be pointed at somebody else’s server, so the connection was closed before anything was sent.',
    advice: ['The owner has to make a certificate that lists exactly this name.', askOwner],
  },
  'no-certificate': {
    title: 'The owner vouches for no certificate',
    text: 'A secure page needs a certificate that the owner of the name signed for. There is none, and nobody else can vouch for this name, so it is not opened.',
    advice: ['If the name is right, tell the owner that the site has no certificate yet.'],
  },
  expired: {
    title: 'The owner’s word has run out',
    text: 'The owner vouched for a certificate for a limited time, and nothing newer is known. Until there is, the right server cannot be told from a false one.',
    advice: ['Check again later: the owner has to publish the certificate again.'],
  },
  'cannot-check': {
    title: 'It cannot be checked now',
    text: 'Not enough relays answered to know what the owner vouches for, so the server was not contacted.',
    advice: ['Look at the relays on the Overview screen, and check again.'],
  },
  unreachable: {
    title: 'The server cannot be reached',
    text: 'What the owner vouches for is known, but there was no connection to the server.',
    advice: ['Check again later; the server may be switched off.'],
  },
  unchecked: {
    title: 'Not checked since something changed',
    text: 'The owner published something newer than the last connection.',
    advice: ['Check it now to see where it stands.'],
  },
} as const satisfies Record<string, StateAdvice>

/** In place of asking the owner, when the owner is the user. */
export const ownAdvice =
  'This is your own name: on “Your servers”, compare the key with that of your certificate, and publish it again if it was changed.'

export interface PinFormatText {
  readonly label: string
  readonly explanation: string
}

const pinFormats: Readonly<Record<string, PinFormatText>> = {
  canonical: {
    label: 'Canonical',
    explanation: 'Address and certificate under one signature of the owner, with an end date.',
  },
  'nodns-30003': {
    label: 'NoDNS',
    explanation: 'Signed by the owner in the form of NoDNS programs, which has no end date.',
  },
  'poc-30001': {
    label: 'Proof of concept',
    explanation:
      'Signed by the owner in the form of the first proof of concept: the whole certificate, in a place other programs can overwrite.',
  },
  staple: {
    label: 'Stapled',
    explanation:
      'The certificate carries an event signed by the owner. It works without relays, until a newer event is known.',
  },
  'nostr-key': {
    label: 'Nostr key',
    explanation: 'The key of the certificate is the owner’s Nostr key itself.',
  },
}

/** The form in which a pin was published, in plain words; one that is not known keeps its name. */
export function pinFormatText(format: string): PinFormatText {
  return pinFormats[format] ?? { label: format, explanation: '' }
}
