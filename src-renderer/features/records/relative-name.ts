/** A record's owner name relative to the row's apex: `@`, `www`. */
export function relativeName(name: string, apex: string): string {
  const bare = name.replace(/\.$/u, '').toLowerCase()
  const root = apex.replace(/\.$/u, '').toLowerCase()
  if (bare === root) return '@'
  return bare.endsWith(`.${root}`) ? bare.slice(0, -root.length - 1) : bare
}
