const secondsPerUnit: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
}
/** RFC 2181 s.8. */
const longestTtl = 0x7fffffff

/** Seconds of `300`, `1h`, `1d12h` …; undefined when `text` is no TTL or above RFC 2181's limit. */
export function parseTtl(text: string): number | undefined {
  if (!/^(?:\d+|(?:\d+[smhdw])+)$/i.test(text)) return undefined
  let seconds = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([a-z]?)/gi)) {
    seconds += Number(count) * (secondsPerUnit[unit?.toLowerCase() ?? ''] ?? 1)
  }
  return seconds <= longestTtl ? seconds : undefined
}
