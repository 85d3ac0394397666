/** SVG path data with one rectangle for every horizontal run of dark modules. */
export function qrPath(modules: readonly (readonly boolean[])[]): string {
  let path = ''
  for (const [y, row] of modules.entries()) {
    let start: number | undefined
    for (let x = 0; x <= row.length; x += 1) {
      if (row[x] === true) start ??= x
      else if (start !== undefined) {
        path += `M${start} ${y}h${x - start}v1h-${x - start}z`
        start = undefined
      }
    }
  }
  return path
}
