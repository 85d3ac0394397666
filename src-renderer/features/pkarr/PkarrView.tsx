import { useOpenSettings, useServices, useSlice, useWindow } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Screen } from '../../ui/Screen.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { CarriersPanel } from './CarriersPanel.tsx'
import { CreatePkarrKeyButton } from './CreatePkarrKey.tsx'
import { ImportPkarrKeyButton } from './ImportPkarrKey.tsx'
import { PkarrKeysPanel } from './PkarrKeysPanel.tsx'
import { ZonesPanel } from './ZonesPanel.tsx'

const words = text.pkarr

export function PkarrView() {
  const { store } = useServices()
  const tab = useWindow((state) => state.pkarrTab)
  const pkarr = useSlice('pkarr')
  const openSettings = useOpenSettings()
  return (
    <Screen
      title={words.title}
      subtitle={words.subtitle}
      actions={
        <>
          <ImportPkarrKeyButton />
          {pkarr !== undefined && pkarr.identities.length > 0 && <CreatePkarrKeyButton />}
        </>
      }
    >
      {pkarr?.isEnabled === false && (
        <Notice
          tone="neutral"
          title={words.off.title}
          testId="pkarr-off"
          actions={<Button onClick={() => openSettings('pkarr')}>{words.off.action}</Button>}
        >
          {words.off.text}
        </Notice>
      )}
      <Tabs
        label={words.tabsLabel}
        testId="pkarr-tab"
        current={tab}
        onChange={(pkarrTab) => store.setState({ pkarrTab })}
        tabs={[
          { id: 'zones', label: words.tabs.zones, content: <ZonesPanel /> },
          { id: 'keys', label: words.tabs.keys, content: <PkarrKeysPanel /> },
          { id: 'carriers', label: words.tabs.carriers, content: <CarriersPanel /> },
        ]}
      />
    </Screen>
  )
}
