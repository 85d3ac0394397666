/** SVG path data of a line through `values` and of the area under it; a floor line when all are 0. */
export function sparklinePaths(
  values: readonly number[],
  width: number,
  height: number,
): { readonly line: string; readonly area: string } {
  const inset = 2
  const top = Math.max(1, ...values)
  const step = values.length > 1 ? width / (values.length - 1) : width
  const points = (values.length === 0 ? [0, 0] : values).map((value, index) => {
    const y = height - inset - (value / top) * (height - 2 * inset)
    return `${round(index * step)} ${round(y)}`
  })
  const line = `M${points.join('L')}`
  return { line, area: `${line}L${width} ${height}L0 ${height}Z` }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
