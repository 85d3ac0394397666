import { useNow } from './use-now.ts'
import { formatAbsolute, formatRelative } from '../text/format.ts'

/** `3 min ago`, with the full date on hover. */
export function RelativeTime({ atMs }: { readonly atMs: number }) {
  const nowMs = useNow(5000)
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatAbsolute(atMs)}>
      {formatRelative(atMs, nowMs)}
    </time>
  )
}
