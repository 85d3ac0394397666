import type { ReactNode } from 'react'
import { useServices, useWindow } from '../../state/window-context.ts'
import type { SettingsTab } from '../../state/window-store.ts'
import { text } from '../../text/catalogue.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Screen } from '../../ui/Screen.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { ComputerTab } from './ComputerTab.tsx'
import { DnsTab } from './DnsTab.tsx'
import { GeneralTab } from './GeneralTab.tsx'
import { HttpsTab } from './HttpsTab.tsx'
import { NamesTab } from './NamesTab.tsx'
import { NetworkTab } from './NetworkTab.tsx'
import { PkarrTab } from './PkarrTab.tsx'
import { RelaysTab } from './RelaysTab.tsx'

const words = text.settings

/** Each part, and the first steps of the paths of its settings. */
const parts: readonly (readonly [SettingsTab, readonly string[], ReactNode])[] = [
  ['general', ['ui'], <GeneralTab key="general" />],
  ['computer', ['system'], <ComputerTab key="computer" />],
  ['dns', ['resolver'], <DnsTab key="dns" />],
  ['relays', ['relays'], <RelaysTab key="relays" />],
  ['names', ['systems', 'publish'], <NamesTab key="names" />],
  ['https', ['trust'], <HttpsTab key="https" />],
  ['network', ['mdns'], <NetworkTab key="network" />],
  ['pkarr', ['pkarr'], <PkarrTab key="pkarr" />],
]

export function SettingsView() {
  const { store } = useServices()
  const tab = useWindow((state) => state.settingsTab)
  const drafts = useWindow((state) => state.settingDrafts)
  const unsaved = (sections: readonly string[]): number =>
    [...drafts.keys()].filter((path) => sections.includes(path.split('.')[0] ?? '')).length
  return (
    <Screen title={words.title} subtitle={words.subtitle}>
      <Tabs
        label={words.tabsLabel}
        testId="settings-tab"
        current={tab}
        onChange={(settingsTab) => store.setState({ settingsTab })}
        tabs={parts.map(([id, sections, content]) => ({
          id,
          label: words.tabs[id],
          badge: <Unsaved count={unsaved(sections)} />,
          content,
        }))}
      />
    </Screen>
  )
}

function Unsaved({ count }: { readonly count: number }) {
  if (count === 0) return null
  return (
    <Badge tone="warning">
      <span aria-hidden="true">{count}</span>
      <span className="visually-hidden">{words.unsavedIn(count)}</span>
    </Badge>
  )
}
