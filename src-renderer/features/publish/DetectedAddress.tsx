import { Check, TriangleAlert } from 'lucide-react'
import type { AddressReport } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { StateDot } from '../../ui/Badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { agreeing, settled, verdictOf } from './address-input.ts'
import styles from './DetectedAddress.module.css'

const words = text.publish.address
const families = [4, 6] as const
const verdictTones = { agrees: 'ok', differs: 'warning', failed: 'neutral' } as const

interface DetectedAddressProps {
  readonly report: AddressReport
  /** True while another address is used. */
  readonly isDimmed: boolean
}

/** The address most sources agree on, for each family, and every source with what it said. */
export function DetectedAddress({ report, isDimmed }: DetectedAddressProps) {
  return (
    <div className={classNames(isDimmed && styles['dimmed'])}>
      <dl className={styles['families']}>
        {families.map((family) => (
          <Family key={family} report={report} family={family} />
        ))}
      </dl>
      {report.sightings.length > 0 && (
        <div className={styles['details']}>
          <Disclosure label={words.sources(report.sightings.length)}>
            <Sources report={report} />
          </Disclosure>
        </div>
      )}
    </div>
  )
}

function Family({ report, family }: { readonly report: AddressReport; readonly family: 4 | 6 }) {
  const address = settled(report, family)
  const wasSeen = report.sightings.some(
    (sighting) => sighting.family === family && sighting.address !== undefined,
  )
  return (
    <div className={styles['family']}>
      <dt>{words.families[family]}</dt>
      <dd>
        {address === undefined ? (
          <span className={styles['none']}>
            {wasSeen && <TriangleAlert aria-hidden="true" />}
            {wasSeen ? words.notAgreed : words.notFound}
          </span>
        ) : (
          <>
            <code className={styles['address']}>{address}</code>
            <span className={styles['agree']}>
              <Check aria-hidden="true" />
              {words.agree(agreeing(report, family))}
            </span>
          </>
        )}
      </dd>
    </div>
  )
}

function Sources({ report }: { readonly report: AddressReport }) {
  const { columns } = words
  return (
    <div className={styles['scroll']}>
      <table className={styles['sources']}>
        <thead>
          <tr>
            <th scope="col">{columns.source}</th>
            <th scope="col">{columns.method}</th>
            <th scope="col">{columns.address}</th>
            <th scope="col">{columns.verdict}</th>
          </tr>
        </thead>
        <tbody>
          {report.sightings.map((sighting) => {
            const verdict = verdictOf(sighting, report)
            return (
              <tr key={`${sighting.source} ${sighting.family} ${sighting.address ?? ''}`}>
                <th scope="row">{sighting.source}</th>
                <td>{words.methods[sighting.method]}</td>
                <td>
                  {sighting.address === undefined ? (
                    <span className={styles['error']}>{sighting.error ?? text.shell.unknown}</span>
                  ) : (
                    <code>{sighting.address}</code>
                  )}
                </td>
                <td>
                  <StateDot tone={verdictTones[verdict]}>{words.verdicts[verdict]}</StateDot>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
