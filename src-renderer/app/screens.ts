import type { ComponentType } from 'react'
import {
  Globe,
  KeyRound,
  LayoutDashboard,
  Send,
  Settings,
  ShieldCheck,
  Waypoints,
  type LucideIcon,
} from 'lucide-react'
import { CertificatesView } from '../features/certificates/CertificatesView.tsx'
import { KeysView } from '../features/keys/KeysView.tsx'
import { NamesView } from '../features/names/NamesView.tsx'
import { OverviewView } from '../features/overview/OverviewView.tsx'
import { PkarrView } from '../features/pkarr/PkarrView.tsx'
import { PublishView } from '../features/publish/PublishView.tsx'
import { SettingsView } from '../features/settings/SettingsView.tsx'
import type { ScreenId } from '../state/window-store.ts'
import { text } from '../text/catalogue.ts'

export interface Screen {
  readonly id: ScreenId
  readonly label: string
  readonly icon: LucideIcon
  readonly View: ComponentType
}

const labels = text.shell.screens

/** The window's routes, in sidebar order. A new screen is one line here and one in `ScreenId`. */
export const screens: readonly [Screen, ...Screen[]] = [
  { id: 'overview', label: labels.overview, icon: LayoutDashboard, View: OverviewView },
  { id: 'names', label: labels.names, icon: Globe, View: NamesView },
  {
    id: 'certificates',
    label: labels.certificates,
    icon: ShieldCheck,
    View: CertificatesView,
  },
  { id: 'publish', label: labels.publish, icon: Send, View: PublishView },
  { id: 'keys', label: labels.keys, icon: KeyRound, View: KeysView },
  { id: 'pkarr', label: labels.pkarr, icon: Waypoints, View: PkarrView },
  { id: 'settings', label: labels.settings, icon: Settings, View: SettingsView },
]

export function findScreen(id: string): Screen | undefined {
  return screens.find((screen) => screen.id === id)
}
