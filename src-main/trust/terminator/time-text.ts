import type { UnixSeconds } from '../../env/env.ts'

/** `21 Nov 2026, 08:32:10 UTC`: a page without script cannot know the reader's time zone. */
export function timeText(at: UnixSeconds): string {
  const match = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(at * 1000).toUTCString())
  if (match === null) return 'unknown'
  const [, day, month, year, time] = match
  return `${Number(day)} ${month} ${year}, ${time} UTC`
}
