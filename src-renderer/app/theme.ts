import type { Settings } from '../../src-preload/contract/model.ts'

/** Applies the theme of the settings; `system` leaves it to prefers-color-scheme. */
export function applyTheme(theme: Settings['ui']['theme'], root: HTMLElement): void {
  if (theme === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = theme
}
