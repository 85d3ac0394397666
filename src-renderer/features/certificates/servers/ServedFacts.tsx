import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'
import { shortName } from '../../../text/format.ts'
import { DateText } from '../../../ui/DateText.tsx'
import { Fact, Facts } from '../../../ui/Facts.tsx'
import { HashText } from '../../../ui/HashText.tsx'

const words = text.certificates.detail

/** The certificate the server showed last. */
export function ServedFacts({
  served,
}: {
  readonly served: NonNullable<CertificateEntry['served']>
}) {
  const { subject, names, spkiSha256, certificateSha256, validFrom, validTo } = served
  return (
    <Facts>
      <Fact term={words.names}>
        <ul>
          {names.map((name) => (
            <li key={name} title={name}>
              {shortName(name)}
            </li>
          ))}
        </ul>
      </Fact>
      <Fact term={words.subject}>{subject === '' ? words.noSubject : subject}</Fact>
      <Fact term={words.key}>
        <HashText value={spkiSha256} what={words.hashOf(words.key.toLowerCase())} />
      </Fact>
      <Fact term={words.certificate}>
        <HashText value={certificateSha256} what={words.hashOf(words.certificate.toLowerCase())} />
      </Fact>
      <Fact term={words.from}>
        <DateText atMs={validFrom * 1000} />
      </Fact>
      <Fact term={words.to} explanation={words.datesHint}>
        <DateText atMs={validTo * 1000} />
      </Fact>
    </Facts>
  )
}
