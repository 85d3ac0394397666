import { useEffect, useState, type RefObject } from 'react'

/** Rows drawn beyond each edge, so that scrolling and arrow keys never meet a blank. */
const overscan = 10

export interface VisibleRows {
  readonly first: number
  /** One past the last row to draw. */
  readonly end: number
}

/**
 * Which of `count` rows of fixed height to draw, following the scrolling of the nearest <main>.
 * `body` is the element that holds all rows.
 */
export function useVisibleRows(
  body: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
): VisibleRows {
  const [rows, setRows] = useState<VisibleRows>({ first: 0, end: 40 })

  useEffect(() => {
    const element = body.current
    const scroller = element?.closest('main')
    if (!element || !scroller) return undefined
    const measure = (): void => {
      const above = scroller.getBoundingClientRect().top - element.getBoundingClientRect().top
      const first = Math.max(0, Math.floor(above / rowHeight) - overscan)
      const end = Math.ceil((above + scroller.clientHeight) / rowHeight) + overscan
      setRows((held) => (held.first === first && held.end === end ? held : { first, end }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(scroller)
    observer.observe(element)
    scroller.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      scroller.removeEventListener('scroll', measure)
    }
  }, [body, rowHeight])

  // Some rows always: the Tab key must find the list although it is out of sight.
  const end = Math.min(count, Math.max(rows.end, overscan))
  return { first: Math.min(rows.first, Math.max(0, end - 1)), end }
}
