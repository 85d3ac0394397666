import type { Pin, ServedCertificate } from '../pin-policy.ts'
import type { Block } from './block.ts'
import { timeText } from './time-text.ts'

export interface Fact {
  readonly term: string
  readonly value: string
  /** A hash or an id. */
  readonly isCode?: boolean
}

/** The words of a block page, plain text. */
export interface BlockText {
  readonly tone: 'danger' | 'warn'
  readonly title: string
  readonly lead: string
  readonly paragraphs: readonly string[]
  readonly advice: readonly string[]
  readonly facts: readonly Fact[]
}

/** What to tell somebody whose page is not shown, without words of the trade where one can. */
export function blockText(block: Block): BlockText {
  switch (block.kind) {
    case 'mismatch':
      return {
        tone: 'danger',
        title: 'This is not the server its owner vouches for',
        lead:
          block.served === undefined
            ? 'The server showed no certificate, so it could not prove who it is.'
            : 'The server showed a certificate that the owner of this name did not sign for.',
        paragraphs: [
          'Somebody may be standing between you and the server, or the owner changed the certificate without announcing it. The connection was closed before anything was sent.',
        ],
        advice: [
          'If you are on a public or company network, try another one.',
          'Ask the owner whether the certificate was changed, by a way that is not this site.',
        ],
        facts: comparison(block.expected, block.served),
      }
    case 'wrong-name':
      return {
        tone: 'danger',
        title: 'This certificate belongs to another name',
        lead: 'The owner announced this certificate, but it does not say that it is for this name.',
        paragraphs: [
          'A name could otherwise be pointed at somebody else’s server. The connection was closed before anything was sent.',
        ],
        advice: [
          'If this is your site, make a certificate that lists this exact name and publish it again.',
        ],
        facts: [
          ...comparison(block.expected, block.served),
          {
            term: 'Names in the certificate',
            value: block.served?.names.slice(0, 8).join(', ') || 'none',
          },
        ],
      }
    case 'expired':
      return {
        tone: 'warn',
        title: 'The owner’s announcement has expired',
        lead: `Until ${timeText(block.expiredAt)} the owner vouched for a certificate. Nothing newer is known.`,
        paragraphs: [
          'Without a current announcement nobody can tell the right server from a false one.',
        ],
        advice: [
          'Try again later: the owner has to publish the certificate again.',
          'If this is your site, open Publish in Nostr DNS and publish the certificate again.',
        ],
        facts: [
          { term: 'Expired', value: timeText(block.expiredAt) },
          { term: 'Event', value: block.eventId || 'unknown', isCode: block.eventId !== '' },
        ],
      }
    case 'no-certificate':
      return {
        tone: 'warn',
        title: 'The owner announced no certificate for this name',
        lead: 'A secure page needs a certificate that the owner of the name has signed for. There is none.',
        paragraphs: ['No other authority can vouch for this name, so the server was not asked.'],
        advice: [
          'Check the name. If it is right, tell the owner that the site has no certificate yet.',
          'If this is your site, run “nostr-dns cert new” and “nostr-dns cert publish”.',
        ],
        facts: [{ term: 'Reason', value: block.reason }],
      }
    case 'cannot-check':
      return {
        tone: 'warn',
        title: 'The certificate cannot be checked now',
        lead: 'No relay could be asked what certificate this name should have.',
        paragraphs: [
          'The server was not contacted, because nobody could tell whether it is the right one.',
        ],
        advice: [
          'Check your network connection and try again.',
          'Open Nostr DNS and look at the relays on the Overview screen.',
        ],
        facts: [{ term: 'Reason', value: block.reason }],
      }
    case 'private-address':
      return {
        tone: 'danger',
        title: 'This name points into your own network',
        lead: `Its owner gives the address ${block.address}, which belongs to this computer or your local network.`,
        paragraphs: [
          'A stranger’s name must not reach your router, printer or other devices, so the connection was not made.',
        ],
        advice: [
          'If the name is yours or belongs to somebody you trust, allow private addresses for it in Nostr DNS, Settings.',
        ],
        facts: [{ term: 'Address', value: block.address, isCode: true }],
      }
    case 'unreachable':
      return {
        tone: 'warn',
        title: 'The server cannot be reached',
        lead: 'The owner’s announcement is in order, but there was no connection to the server.',
        paragraphs: [],
        advice: ['Try again later.', 'Check whether other sites work on your network.'],
        facts: [{ term: 'Reason', value: block.reason }],
      }
  }
}

/** What was announced and what was shown one below the other, then who says so. */
function comparison(expected: readonly Pin[], served: ServedCertificate | undefined): Fact[] {
  return [
    ...expected.map((pin) => ({
      term: pin.kind === 'spki' ? 'Expected key (SHA-256)' : 'Expected certificate (SHA-256)',
      value: hashText(pin.value),
      isCode: true,
    })),
    ...servedFacts(served),
    ...expected.flatMap((pin) => [
      { term: 'Announced in event', value: pin.eventId, isCode: true },
      { term: 'Announced', value: timeText(pin.signedAt) },
    ]),
  ]
}

function servedFacts(served: ServedCertificate | undefined): Fact[] {
  if (served === undefined) return [{ term: 'Served certificate', value: 'none' }]
  const { spkiSha256, certificateSha256 } = served
  return [
    { term: 'Served key (SHA-256)', value: hashText(spkiSha256) || 'unreadable', isCode: true },
    { term: 'Served certificate (SHA-256)', value: hashText(certificateSha256), isCode: true },
  ]
}

/** In groups of eight, so that two hashes can be compared by eye. */
function hashText(hash: string): string {
  return hash.match(/.{1,8}/g)?.join(' ') ?? ''
}
