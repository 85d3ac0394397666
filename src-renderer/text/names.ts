import { formatList, plural } from './format.ts'

/** Texts of the Names screen. */
export const namesText = {
  title: 'Names',
  subtitle: 'Names this computer has asked for, and why their answers may be believed.',
  tableCaption: 'Names seen by this computer',
  columns: {
    name: 'Name',
    records: 'Records',
    age: 'Signed',
    ttl: 'TTL',
    format: 'Format',
    relays: 'Relays',
    actions: 'Actions',
  },
  columnHints: {
    age: 'How long ago the owner signed these records',
    ttl: 'How long programs may keep the answer; it is fetched again when it runs out',
    format: 'The form in which the owner published the records',
    relays: 'How many relays delivered the signed event',
  },
  sortBy: (column: string) => `Sort by ${column}`,
  search: 'Filter names',
  searchPlaceholder: 'Filter by name, npub, address or relay',
  count: (shown: number, total: number) =>
    shown === total
      ? plural(total, 'name', 'names')
      : `${shown} of ${plural(total, 'name', 'names')}`,
  more: (count: number) => `+${count}`,
  moreRecords: (count: number) => `and ${plural(count, 'more record', 'more records')}`,
  own: 'yours',
  ownHint: 'One of your own keys',
  states: {
    ok: 'Found',
    empty: 'No records',
    nxdomain: 'Does not exist',
    failed: 'Failed',
    resolving: 'Looking up…',
  },
  relayCount: (count: number) => plural(count, 'relay', 'relays'),
  ttlOver: 'due',
  ttlOverHint: 'The time is up: the next question fetches it again',
  openDetail: (name: string) => `Why do I trust ${name}?`,
  empty: {
    title: 'No names yet',
    text: 'Names appear here when a program on this computer asks for one. You can also look one up above.',
  },
  noMatch: (query: string) => `Nothing matches “${query}”`,
  clearSearch: 'Clear the filter',
  offline: 'No relay can be reached. These names are remembered; new ones cannot be found now.',

  lookup: {
    withheld: (addresses: readonly string[]) =>
      `Kept back: ${formatList(addresses)}, inside a private network`,
    withheldHint:
      'A stranger’s name must not lead into your own network. If you know the owner, add the key under Settings, DNS.',
    title: 'Look up a name',
    label: 'Name to look up',
    placeholder: 'npub1….nostr, a petname, or any domain name',
    type: 'Record type',
    submit: 'Look up',
    clear: 'Close the result',
    missing: 'Enter a name first.',
    secret:
      'That is a secret key, not a name. It was not sent anywhere. Clear your clipboard, and use the npub instead.',
    found: (count: number) => `Found ${plural(count, 'record', 'records')}`,
    noData: (type: string) => `The name exists, but has no ${type} record`,
    nxdomain: 'There is no such name',
    servfail: 'The name could not be resolved',
    refused: 'The question was refused',
    otherCode: (rcode: string) => `The answer was ${rcode}`,
    took: (span: string) => `in ${span}`,
    stepsTitle: 'How this answer came about',
    answersTitle: 'Answer',
  },
  steps: {
    answer: 'has these records',
    alias: 'leads to another name',
    nodata: 'exists, but has no record of this type',
    nxdomain: 'does not exist',
    failure: 'could not be resolved',
    forwarded: 'is an ordinary name, asked at your upstream resolver',
  },

  detail: {
    recordsTitle: 'Records',
    recordColumns: { name: 'Name', type: 'Type', ttl: 'TTL', rdata: 'Data' },
    noRecords: 'The owner has published nothing here.',
    trustTitle: 'Why do I trust this?',
    verified: 'Event id and signature were checked on this computer (NIP-01).',
    nothingToTrust: {
      nxdomain: 'At least two relays answered and none of them has records of this owner.',
      failed: 'There was no answer to check.',
      resolving: 'The relays are being asked now.',
    },
    verifiedBy: 'Checked',
    signer: 'Signed by',
    signedAt: 'Signed',
    validUntil: 'Valid until',
    seenAt: 'Last confirmed',
    format: 'Format',
    events: 'Events',
    relays: 'Relays',
    system: 'Name system',
    notes: 'Remarks',
    asked: 'Asked',
    askedTimes: (count: number) => plural(count, 'time', 'times'),
    hosts: 'Hosts asked for',
    none: 'none',
  },

  actions: {
    refresh: 'Refresh',
    forget: 'Forget',
    copyName: 'Copy name',
    forgotten: (name: string) => `Forgot ${name}`,
    lookUpAgain: 'Look up again',
    refreshed: (name: string) => `${name} is up to date`,
    forgetOfflineTitle: (name: string) => `Forget ${name}?`,
    forgetOfflineText:
      'No relay can be reached now, so this name will not be found again until one can.',
  },

  keyChange: {
    title: (identifier: string) => `${identifier} now stands for another key`,
    text: 'The website names a different key than before. The name is not answered until you decide. Ask the owner over another channel before you accept.',
    known: 'key known so far',
    new: 'new key',
    accept: 'Accept the new key',
    confirmTitle: (identifier: string) => `Trust a new key for ${identifier}?`,
    confirmText:
      'If the website was taken over, the new key belongs to someone else, and programs on this computer would reach their server.',
    accepted: (identifier: string) => `${identifier} now leads to the new key`,
  },

  petname: {
    title: 'Petname',
    none: 'A petname is your own short word for this key. Only this computer knows it.',
    label: 'Petname',
    placeholder: 'alice',
    preview: (label: string) => `${label}.nostr will lead to this key.`,
    rule: 'Use small letters, digits, - and _ only.',
    taken: (label: string) => `${label} already leads to another key. Remove it there first.`,
    save: 'Save',
    remove: (label: string) => `Remove the petname ${label}`,
    saved: (label: string) => `${label}.nostr now leads to this key`,
    removed: (label: string) => `Removed the petname ${label}`,
  },
} as const

export type Strength = 'strong' | 'fair' | 'weak'

export interface FormatText {
  readonly label: string
  readonly strength: Strength
  readonly explanation: string
}

const nodns: FormatText = {
  label: 'NoDNS',
  strength: 'fair',
  explanation:
    'Signed by the owner in the NoDNS form. It carries no expiry, so a relay could go on showing an old version for longer.',
}

const proofOfConcept: FormatText = {
  label: 'Proof of concept',
  strength: 'weak',
  explanation:
    'Signed by the owner, but only a bare address: no lifetime, no expiry, and other Nostr programs can overwrite it. Ask the owner to publish with a newer program.',
}

const formats: Readonly<Record<string, FormatText>> = {
  canonical: {
    label: 'Canonical',
    strength: 'strong',
    explanation:
      'Addresses and certificate pins under one signature of the owner, with an expiry date. The strongest form.',
  },
  'nodns-31111': nodns,
  'nodns-11111': nodns,
  'nodns-30003': nodns,
  'poc-30000': proofOfConcept,
  'poc-30001': proofOfConcept,
  'nns-30053': {
    label: 'NNS',
    strength: 'weak',
    explanation: 'Signed by the owner in the NNS form, which you switched on. Addresses only.',
  },
  'dnstr-31034': {
    label: 'DNSTR',
    strength: 'weak',
    explanation:
      'Signed by the owner in the DNSTR form, which you switched on: it names an ordinary domain.',
  },
  none: {
    label: 'Nothing found',
    strength: 'fair',
    explanation: 'No relay holds records of this owner.',
  },
  petname: {
    label: 'Petname',
    strength: 'strong',
    explanation: 'You chose this word for the key yourself; it exists only on this computer.',
  },
  nip05: {
    label: 'NIP-05',
    strength: 'fair',
    explanation:
      'A website says which key this name stands for. The website is trusted, not the owner.',
  },
}

/** A format of the compatibility matrix in plain words; one that is not known keeps its own name. */
export function formatText(format: string): FormatText {
  return formats[format] ?? { label: format, strength: 'fair', explanation: '' }
}
