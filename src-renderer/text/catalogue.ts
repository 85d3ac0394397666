import { overviewText } from './overview.ts'
import { shellText } from './shell.ts'

/**
 * Every sentence of the window, English. Features read `text.<screen>`; a second language is a
 * second object of this shape.
 */
export const text = { shell: shellText, overview: overviewText } as const
