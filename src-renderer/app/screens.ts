import type { ComponentType } from 'react'
import { LayoutDashboard, type LucideIcon } from 'lucide-react'
import { OverviewView } from '../features/overview/OverviewView.tsx'
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
]

export function findScreen(id: string): Screen | undefined {
  return screens.find((screen) => screen.id === id)
}
