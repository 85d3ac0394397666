import { certificatesText } from './certificates.ts'
import { keysText } from './keys.ts'
import { namesText } from './names.ts'
import { ownCertificatesText } from './own-certificates.ts'
import { pkarrText } from './pkarr.ts'
import { publishText } from './publish.ts'
import { overviewText } from './overview.ts'
import { settingsText } from './settings.ts'
import { shellText } from './shell.ts'
import { systemText } from './system.ts'
import { troubleshootingText } from './troubleshooting.ts'
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
  pkarr: pkarrText,
  publish: publishText,
  settings: settingsText,
  system: systemText,
  troubleshooting: troubleshootingText,
} as const
