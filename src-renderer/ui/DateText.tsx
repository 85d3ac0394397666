import { formatAbsolute, formatDate, formatRelative } from '../text/format.ts'
import { useNow } from './use-now.ts'

/** `Sep 12, 2027 (in 300 d)`, with the full date and time on hover. */
export function DateText({ atMs }: { readonly atMs: number }) {
  const nowMs = useNow(60_000)
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatAbsolute(atMs)}>
      {formatDate(atMs)} ({formatRelative(atMs, nowMs)})
    </time>
  )
}
