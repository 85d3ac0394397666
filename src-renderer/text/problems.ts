import type { Problem } from '../../src-main/env/errors.ts'

export interface ProblemText {
  readonly title: string
  readonly hint?: string
}

/**
 * Sentences for codes that the window can word better than the engine, because it knows which
 * button is at hand. Every other problem carries its own sentence.
 */
const worded: Readonly<Record<string, ProblemText>> = {
  'engine.unreachable': {
    title: 'The part of Nostr DNS that does the work is not answering.',
    hint: 'It is restarted by itself. Try again in a moment.',
  },
  'keys.locked': {
    title: 'Your keys are locked.',
    hint: 'Unlock them on the Keys screen, then try again.',
  },
  'keys.duplicate': {
    title: 'This key is already here.',
    hint: 'Find it in the list by its npub; you can rename it there.',
  },
  'keys.wrong-passphrase': {
    title: 'That is not the passphrase.',
    hint: 'Check Caps Lock and the keyboard layout. Nothing is erased by wrong tries.',
  },
  'window.no-bridge': {
    title: 'This window has lost its connection to the program.',
    hint: 'Quit Nostr DNS from the tray and open it again.',
  },
}

/** What to show for `problem`. Details the engine gives (which port, which relay) are kept. */
export function problemText(problem: Problem): ProblemText {
  const known = worded[problem.code]
  if (known !== undefined) return known
  return problem.hint === undefined
    ? { title: problem.message }
    : { title: problem.message, hint: problem.hint }
}
