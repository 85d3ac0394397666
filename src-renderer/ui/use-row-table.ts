import { useEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import { useVisibleRows } from './use-visible-rows.ts'

/** Pixels; RowTable.module.css sets the same. */
export const rowHeight = 52

export interface RowTable {
  /** For the <tbody>. */
  readonly body: RefObject<HTMLTableSectionElement | null>
  /** Rows to draw: from `first` up to, not including, `end`. */
  readonly first: number
  readonly end: number
  /** Id of the one row that Tab reaches. */
  readonly tabStop: string | undefined
  /** Makes `id` that row. */
  readonly activate: (id: string) => void
  readonly onKeyDown: (event: KeyboardEvent, index: number) => void
}

/**
 * Rows of a long table. Only those near the window are in the document (there may be 1,000); arrow
 * keys, Home and End move between rows, whose buttons carry `data-row` with the row's id.
 */
export function useRowTable(ids: readonly string[]): RowTable {
  const body = useRef<HTMLTableSectionElement>(null)
  const { first, end } = useVisibleRows(body, ids.length, rowHeight)
  const [activeId, setActiveId] = useState<string>()
  const wantsFocus = useRef(false)

  const drawn = ids.slice(first, end)
  const tabStop = drawn.find((id) => id === activeId) ?? drawn[0]

  useEffect(() => {
    if (!wantsFocus.current || activeId === undefined) return
    const row = body.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(activeId)}"]`)
    if (row === null || row === undefined) return
    wantsFocus.current = false
    row.focus({ preventScroll: true })
  })

  return {
    body,
    first,
    end,
    tabStop,
    activate: setActiveId,
    onKeyDown(event, index) {
      const asked = keyTarget(event.key, index, ids.length)
      if (asked === undefined) return
      event.preventDefault()
      const target = Math.max(0, Math.min(ids.length - 1, asked))
      wantsFocus.current = true
      setActiveId(ids[target])
      scrollToRow(body.current, target)
    },
  }
}

function keyTarget(key: string, index: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return index + 1
    case 'ArrowUp':
      return index - 1
    case 'PageDown':
      return index + 8
    case 'PageUp':
      return index - 8
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}

/** Brings row `index` into view below the sticky header, also when it is not drawn yet. */
function scrollToRow(body: HTMLElement | null, index: number): void {
  const scroller = body?.closest('main')
  if (!body || !scroller) return
  const headHeight = 44
  const top =
    body.getBoundingClientRect().top - scroller.getBoundingClientRect().top + index * rowHeight
  if (top < headHeight) scroller.scrollBy({ top: top - headHeight })
  const below = top + rowHeight - scroller.clientHeight
  if (below > 0) scroller.scrollBy({ top: below + 8 })
}
