import type { Result } from '../../../src-main/env/errors.ts'
import type { PkarrZoneView } from '../../../src-preload/contract/pkarr-model.ts'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { summariseDelivery, zoneName } from './pkarr-state.ts'

const words = text.pkarr.actions

type Zone = Pick<PkarrZoneView, 'key' | 'alias'>

export interface ZoneActions {
  refresh(zone: Zone): Promise<void>
  resend(zone: Zone): Promise<void>
  resendAll(): Promise<void>
  setFollowed(zone: Zone, follow: boolean): Promise<void>
  forget(zone: Zone): Promise<void>
  copy(zone: Zone): Promise<void>
}

/** Key in `pending` of everything done to a zone. */
export function zoneKey({ key }: Pick<Zone, 'key'>): string {
  return `pkarr.zone ${key}`
}

/** What can be done to a zone, from its row and from its details; results are told in toasts. */
export function useZoneActions(): ZoneActions {
  const { api, calls, toasts } = useServices()

  const resolve = (zone: Zone): Promise<Result<PkarrZoneView>> =>
    calls.call('pkarr.resolve', { key: zone.key, policy: 'network-only' }, zoneKey(zone))

  const setFollowed = async (zone: Zone, follow: boolean): Promise<void> => {
    const result = await calls.call('pkarr.follow', { key: zone.key, follow }, zoneKey(zone))
    if (!result.ok) {
      toasts.showProblem(result.error)
      return
    }
    const told = follow ? words.followed : words.unfollowed
    toasts.show({
      tone: follow ? 'ok' : 'info',
      title: told(zoneName(zone)),
      action: { label: text.shell.undo, run: () => void setFollowed(zone, !follow) },
    })
  }

  return {
    setFollowed,
    async refresh(zone) {
      const result = await resolve(zone)
      if (!result.ok) toasts.showProblem(result.error)
      else if (result.value.failure === undefined) {
        toasts.show({ tone: 'ok', title: words.refreshed(zoneName(zone)) })
      }
    },
    async resend(zone) {
      const result = await calls.call('pkarr.republish', { key: zone.key }, zoneKey(zone))
      if (!result.ok) {
        toasts.showProblem(result.error)
        return
      }
      const [report] = result.value
      const summary = report && summariseDelivery(report.delivery, report.warnings)
      toasts.show({
        tone: summary?.tone === 'danger' ? 'error' : (summary?.tone ?? 'ok'),
        title: words.resent(zoneName(zone)),
        ...(summary === undefined ? {} : { detail: summary.title }),
      })
    },
    async resendAll() {
      const result = await calls.call('pkarr.republish', {})
      if (!result.ok) {
        toasts.showProblem(result.error)
        return
      }
      const all = result.value.length
      const sent = result.value.filter(({ delivery }) =>
        delivery.some(({ state }) => state === 'stored'),
      ).length
      toasts.show(
        sent === all
          ? { tone: 'ok', title: words.resentAll(all) }
          : { tone: 'warning', title: words.resentPartly(sent, all) },
      )
    },
    async forget(zone) {
      const result = await calls.call('pkarr.forget', { key: zone.key }, zoneKey(zone))
      if (!result.ok) {
        toasts.showProblem(result.error)
        return
      }
      const lookUpAgain = async (): Promise<void> => {
        const again = await resolve(zone)
        if (!again.ok) toasts.showProblem(again.error)
      }
      toasts.show({
        tone: 'info',
        title: words.forgotten(zoneName(zone)),
        action: { label: words.lookUpAgain, run: () => void lookUpAgain() },
      })
    },
    async copy(zone) {
      await api.shell.copyText(zone.key)
      toasts.show({ tone: 'ok', title: text.shell.copied, detail: zoneName(zone) })
    },
  }
}
