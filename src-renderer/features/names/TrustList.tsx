import { text } from '../../text/catalogue.ts'
import { relayHost } from '../../text/format.ts'
import { formatText } from '../../text/names.ts'
import { Fact, Facts } from '../../ui/Facts.tsx'
import { KeyText } from '../../ui/KeyText.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { FormatBadge } from './FormatBadge.tsx'

const words = text.names.detail

/** Where an answer comes from and how it was checked; absent facts are not shown. */
export interface TrustFacts {
  readonly verifiedBy?: string | undefined
  readonly signer?: string | undefined
  /** Unix seconds. */
  readonly signedAt?: number | undefined
  readonly validUntil?: number | undefined
  readonly seenAtMs?: number | undefined
  readonly format?: string | undefined
  readonly eventIds?: readonly string[] | undefined
  readonly sources?: readonly string[] | undefined
  readonly notes?: readonly string[] | undefined
}

export function TrustList({ facts }: { readonly facts: TrustFacts }) {
  const { verifiedBy, signer, signedAt, validUntil, seenAtMs, format, eventIds, sources, notes } =
    facts
  return (
    <Facts>
      {verifiedBy !== undefined && <Fact term={words.verifiedBy}>{verifiedBy}</Fact>}
      {signer !== undefined && (
        <Fact term={words.signer}>
          <KeyText value={signer} what="npub" />
        </Fact>
      )}
      {signedAt !== undefined && (
        <Fact term={words.signedAt}>
          <RelativeTime atMs={signedAt * 1000} />
        </Fact>
      )}
      {validUntil !== undefined && (
        <Fact term={words.validUntil}>
          <RelativeTime atMs={validUntil * 1000} />
        </Fact>
      )}
      {seenAtMs !== undefined && (
        <Fact term={words.seenAt}>
          <RelativeTime atMs={seenAtMs} />
        </Fact>
      )}
      {format !== undefined && (
        <Fact term={words.format} explanation={formatText(format).explanation}>
          <FormatBadge format={format} />
        </Fact>
      )}
      {sources !== undefined && sources.length > 0 && (
        <Fact term={words.relays}>
          <ul>
            {sources.map((url) => (
              <li key={url} title={url}>
                {relayHost(url)}
              </li>
            ))}
          </ul>
        </Fact>
      )}
      {eventIds !== undefined && eventIds.length > 0 && (
        <Fact term={words.events}>
          <ul>
            {eventIds.map((id) => (
              <li key={id}>
                <KeyText value={id} what="event id" />
              </li>
            ))}
          </ul>
        </Fact>
      )}
      {notes !== undefined && notes.length > 0 && (
        <Fact term={words.notes}>
          <ul>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Fact>
      )}
    </Facts>
  )
}
