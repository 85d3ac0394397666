import { certificatesText } from './certificates.ts'
import { keysText } from './keys.ts'
import { namesText } from './names.ts'
import { ownCertificatesText } from './own-certificates.ts'
import { publishText } from './publish.ts'
import { overviewText } from './overview.ts'
import { shellText } from './shell.ts'
import { trustText } from './trust.ts'

/**
 * Every sentence of the window, English. Features read `text.<screen>`; a second language is a
 * second object of this shape.
 */
export const text = {
  shell: shellText,
  overview: overviewText,
  names: namesText,
  certificates: certificatesText,
  trust: trustText,
  ownCertificates: ownCertificatesText,
  keys: keysText,
  publish: publishText,
} as const
