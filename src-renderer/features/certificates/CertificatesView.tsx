import { useServices, useSlice, useWindow } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Screen } from '../../ui/Screen.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useNow } from '../../ui/use-now.ts'
import { ComputerPanel } from './computer/ComputerPanel.tsx'
import { trustState } from './computer/trust-state.ts'
import { OwnPanel } from './own/OwnPanel.tsx'
import { validityOf } from './own/own-hosts.ts'
import { mismatches } from './servers/certificate-list.ts'
import { ServersPanel } from './servers/ServersPanel.tsx'

const words = text.certificates

export function CertificatesView() {
  const { store } = useServices()
  const tab = useWindow((state) => state.certificatesTab)
  const nowMs = useNow(60_000)
  const trust = useSlice('trust')
  const wrong = mismatches(useSlice('certificates') ?? []).length
  const expiring = (useSlice('ownCertificates') ?? []).filter(
    (held) => held.role !== 'previous' && validityOf(held, nowMs).state !== 'ok',
  ).length
  const isTrustBroken = trust !== undefined && trustState(trust, nowMs).level === 'problem'
  return (
    <Screen title={words.title} subtitle={words.subtitle}>
      <Tabs
        label={words.tabsLabel}
        testId="certificates-tab"
        current={tab}
        onChange={(certificatesTab) => store.setState({ certificatesTab })}
        tabs={[
          {
            id: 'servers',
            label: words.tabs.servers,
            badge: <Count count={wrong} tone="danger" />,
            content: <ServersPanel />,
          },
          {
            id: 'computer',
            label: words.tabs.computer,
            badge: <Count count={isTrustBroken ? 1 : 0} tone="danger" />,
            content: <ComputerPanel />,
          },
          {
            id: 'own',
            label: words.tabs.own,
            badge: <Count count={expiring} tone="warning" />,
            content: <OwnPanel />,
          },
        ]}
      />
    </Screen>
  )
}

function Count({ count, tone }: { readonly count: number; readonly tone: 'danger' | 'warning' }) {
  if (count === 0) return null
  return (
    <Badge tone={tone}>
      <span aria-hidden="true">{count}</span>
      <span className="visually-hidden">{words.tabWarning(count)}</span>
    </Badge>
  )
}
