/** Rows whose searchable text contains every word of `query`. */
export function filterRows<Row>(
  rows: readonly Row[],
  query: string,
  searchable: (row: Row) => readonly string[],
): readonly Row[] {
  const words = query.toLowerCase().split(/\s+/u).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const haystack = searchable(row).join(' ').toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}
