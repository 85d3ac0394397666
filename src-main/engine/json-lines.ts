/** One message may not be longer than this: a zone file or a large snapshot fits. Bytes. */
const longestLine = 16 * 1024 * 1024

/**
 * Cuts a byte stream into JSON values, one a line. `onValue` gets each value; `onBroken` is called
 * once when a line is not JSON or too long, after which the stream must be closed.
 */
export function createLineReader(
  onValue: (value: unknown) => void,
  onBroken: (reason: string) => void,
): (chunk: Buffer) => void {
  let pending: Buffer[] = []
  let pendingLength = 0
  let broken = false

  const finishLine = (line: Buffer): void => {
    if (line.length === 0) return
    let value: unknown
    try {
      value = JSON.parse(line.toString('utf8'))
    } catch {
      broken = true
      onBroken('a line is not JSON')
      return
    }
    onValue(value)
  }

  return (chunk) => {
    let rest = chunk
    while (!broken && rest.length > 0) {
      const end = rest.indexOf(0x0a)
      if (end === -1) {
        pending.push(rest)
        pendingLength += rest.length
        if (pendingLength > longestLine) {
          broken = true
          onBroken('a line is too long')
        }
        return
      }
      const line = Buffer.concat([...pending, rest.subarray(0, end)])
      pending = []
      pendingLength = 0
      rest = rest.subarray(end + 1)
      finishLine(line)
    }
  }
}

export function encodeLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
