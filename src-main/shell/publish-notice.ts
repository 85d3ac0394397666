import type { PublishReport } from '../../src-preload/contract/model.ts'
import type { Result } from '../env/errors.ts'

/** What to tell the user about a publication started from the tray, where no window shows it. */
export function publishNotice(result: Result<PublishReport>): {
  readonly title: string
  readonly body: string
} {
  if (!result.ok) {
    const { message, hint } = result.error
    return {
      title: 'Address not published',
      body: hint === undefined ? message : `${message} ${hint}`,
    }
  }
  const report = result.value
  const canonical = report.copies.find((copy) => copy.format === 'canonical')
  const accepted = canonical?.relays.filter((relay) => relay.outcome === 'ok').length ?? 0
  switch (report.state) {
    case 'published':
    case 'partial':
      return {
        title: 'Address published',
        body: `${accepted} ${accepted === 1 ? 'relay has' : 'relays have'} it.`,
      }
    case 'queued':
      return {
        title: 'Address waiting to be published',
        body: 'No relay could be reached. It is sent as soon as one can be.',
      }
    case 'failed':
      return {
        title: 'Address not published',
        body: report.problem?.message ?? 'No relay took it.',
      }
  }
}
