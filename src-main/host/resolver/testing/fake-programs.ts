import type { FakeSystem } from '../../../../assets/helper/fake-root.ts'
import type { Command, Exec, ExecResult } from '../../exec.ts'

/** What programs of `system` print when they are asked about it; everything else is missing. */
export function fakePrograms(system: FakeSystem): Exec {
  return (command) => Promise.resolve(answer(system, command))
}

function answer({ active = [], resolved }: FakeSystem, { program, argv }: Command): ExecResult {
  if (program === 'systemctl' && argv[0] === 'is-active') {
    const unit = argv.at(-1)?.replace(/\.service$/u, '') ?? ''
    return exited(active.includes(unit) ? 0 : 3)
  }
  if (program !== 'resolvectl' || resolved === undefined) return { kind: 'missing', program }
  switch (argv[0]) {
    case '--version':
      return exited(0, `systemd ${resolved.version} (${resolved.version}.1-1)\n+PAM +AUDIT\n`)
    case 'dnssec':
      return exited(0, `Global: ${resolved.dnssec}\nLink 2 (eth0): ${resolved.dnssec}\n`)
    case 'dnsovertls':
      return exited(0, `Global: ${resolved.dnsovertls}\nLink 2 (eth0): no\n`)
    case 'dns':
      return exited(0, `Global:\nLink 2 (eth0):${resolved.linkDns ? ' 192.0.2.53' : ''}\n`)
    case undefined:
    default:
      return exited(1)
  }
}

function exited(code: number, stdout = ''): ExecResult {
  return { kind: 'exited', code, stdout, stderr: '' }
}
