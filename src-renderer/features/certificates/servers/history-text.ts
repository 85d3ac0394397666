import { text } from '../../../text/catalogue.ts'

const { history, historyState, states } = text.certificates

/** A line of the engine's history in the words of the window; one that is not known stays as it is. */
export function historyText(what: string): string {
  const state = /^now: (.+)$/u.exec(what)?.[1]
  if (state !== undefined) {
    return historyState((states as Readonly<Record<string, string>>)[state] ?? state)
  }
  return (history as Readonly<Record<string, string>>)[what] ?? what
}
