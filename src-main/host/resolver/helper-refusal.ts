import type { Problem } from '../../env/errors.ts'
import type { HelperReport } from '../elevated/helper-report.ts'
import type { UnsupportedReason } from './choose-backend.ts'
import type { HelperRequest } from './helper-words.ts'
import type { ResolverWish } from './resolver-config.ts'
import { unsupportedProblem } from './unsupported.ts'

/** What an exit code of the helper, asked to do `verb`, means; its own words are not shown. */
export function refusalProblem(
  verb: HelperRequest['verb'],
  { exit, report }: { readonly exit: number; readonly report?: HelperReport },
  wish: ResolverWish,
): Problem {
  if (exit === 69) {
    const reason = reasons[report?.code ?? '']
    if (reason !== undefined) return unsupportedProblem(reason, wish)
  }
  const unsafe = exit === 73 && report?.code === 'UNSAFE' ? unsafeFolder[verb] : undefined
  const ofUndo = verb === 'uninstall' ? undoRefusals[exit] : undefined
  return (
    unsafe ?? ofUndo ?? refusals[exit] ?? { code: 'elevation.failed', message: 'It did not work.' }
  )
}

const makeSafe = 'It must belong to root, and others must not be able to change it.'

const unsafeFolder: Readonly<Record<HelperRequest['verb'], Problem>> = {
  install: {
    code: 'system.unsafe-folder',
    message:
      'A folder of the system’s configuration is not safe to write to, so nothing was changed.',
    hint: makeSafe,
  },
  uninstall: {
    code: 'system.unsafe-folder',
    message:
      'A folder of the system’s configuration is not safe to write to, so not all could be undone.',
    hint: makeSafe,
  },
}

/** An undo goes on where it can: it takes nothing back. */
const undoRefusals: Readonly<Record<number, Problem>> = {
  73: {
    code: 'system.write-failed',
    message: 'Not all of the system’s configuration could be removed.',
    hint: 'The disk may be read-only or failing. Make it writable, then undo once more.',
  },
  74: {
    code: 'system.reload-failed',
    message: 'Our files are gone, but the system’s resolver could not be told.',
    hint: 'Undo once more, or restart the computer.',
  },
}

const refusals: Readonly<Record<number, Problem>> = {
  64: {
    code: 'elevation.failed',
    message: 'The administrator’s step did not understand the request.',
  },
  69: {
    code: 'system.changed-meanwhile',
    message: 'The system offers another mechanism than the one that was shown.',
    hint: 'Look again, then try once more.',
  },
  73: {
    code: 'system.write-failed',
    message: 'The system’s configuration could not be written, so nothing was changed.',
    hint: 'The disk may be full or read-only. Make room or make it writable, then try once more.',
  },
  74: {
    code: 'system.reload-failed',
    message: 'The system’s resolver did not take the change.',
    hint: 'Nothing of it was kept. Look at the log of the resolver, then try again.',
  },
  75: {
    code: 'system.conflict',
    message: 'A file that is not ours stands where ours must be, so nothing was touched.',
    hint: 'Look again to see which.',
  },
  77: {
    code: 'elevation.denied',
    message: 'The step ran without the administrator’s rights.',
  },
}

const reasons: Readonly<Record<string, UnsupportedReason>> = {
  UNKNOWN_SYSTEM: 'unknown-system',
  NIXOS: 'nixos',
  RESOLVED_OLD: 'resolved-old',
  RESOLVED_DOWN: 'resolved-down',
  RESOLVED_UNUSED: 'resolved-unused',
  GLOBAL_DNS: 'global-dns',
  NO_LINK_DNS: 'no-link-dns',
  DNS_OVER_TLS: 'dns-over-tls',
  DNSMASQ_NO_CONF_DIR: 'dnsmasq-no-conf-dir',
  RESOLVCONF: 'resolvconf',
  PLAIN: 'plain',
}
