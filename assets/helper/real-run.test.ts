import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeTree, helperPath, readReport, type HelperRun } from './fake-root.ts'
import { installWords } from './subject.ts'

/**
 * The helper as root, without --root, where /etc, /run, /var/lib and /usr/sbin are folders of the
 * test: in a mount namespace, so that this computer sees nothing of it. Programs it runs are stood in
 * for by scripts in /usr/sbin, the first place it looks at.
 */
const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0

const enter = `
  for folder in etc run var/lib usr/sbin; do mount --bind "$0/$folder" "/$folder" || exit 99; done
  helper=$1; shift
  case $helper in -) exec /bin/sh -s -- "$@" ;; *) exec /bin/sh "$helper" "$@" ;; esac`

const unit = '/etc/systemd/system/50-nostr-dns.service'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'helper-real-'))
  chmodSync(folder, 0o755)
  for (const path of ['etc/systemd/system', 'run', 'var/lib', 'usr/sbin', 'active']) {
    mkdirSync(join(folder, path), { recursive: true })
  }
  // Where Debian says which awk is meant.
  spawnSync('cp', ['-a', '/etc/alternatives', join(folder, 'etc')])
  writeFileSync(join(folder, 'etc/resolv.conf'), 'nameserver 127.0.0.53\n')
  writeFileSync(join(folder, 'active/systemd-resolved.service'), '')
  writeFileSync(join(folder, 'log'), '')
  standIn(
    'systemctl',
    `case $1 in is-active) exec test -e "${folder}/active/$3" ;; esac
     echo "systemctl $*" >>${folder}/log
     if [ -e ${folder}/dies ]; then rm -f ${folder}/active/*; fi
     [ ! -e ${folder}/deaf ] && ! grep -qs 5399 ${unit}`,
  )
  standIn(
    'resolvectl',
    `case $* in
       --version) echo 'systemd 252 (252.38-1)'; echo +PAM ;;
       dns) printf '%s\\n' 'Global:' 'Link 2 (eth0): 192.0.2.53' ;;
       dnssec) echo 'Global: no' ;;
       dnsovertls) echo 'Global: opportunistic' ;;
       'dns nostr-dns0') echo 'Link 7 (nostr-dns0): 127.0.0.1:5364' ;;
       *) echo "resolvectl $*" >>${folder}/log ;;
     esac`,
  )
})
afterEach(() => rmSync(folder, { recursive: true }))

function standIn(name: string, text: string): void {
  writeFileSync(join(folder, 'usr/sbin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
}

function run(words: readonly string[], helper = helperPath, input = ''): HelperRun {
  const argv = ['--mount', '/bin/sh', '-c', enter, folder, helper, ...words]
  const { status, stdout } = spawnSync('unshare', argv, {
    input,
    encoding: 'utf8',
    env: { PATH: '/bin:/sbin' },
  })
  return { status, ...readReport(stdout) }
}

const tree = (): Readonly<Record<string, string>> => {
  const { '/etc/alternatives': _ours, ...rest } = describeTree(folder)
  return Object.fromEntries(
    Object.entries(rest).filter(([path]) => /^\/(?:etc\/(?!alternatives)|var)/u.test(path)),
  )
}
const log = (): readonly string[] =>
  readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(0, -1)

describe.skipIf(!canMount)('the helper as root (needs root and mount namespaces)', () => {
  it('runs what it says it runs', () => {
    const before = tree()
    const { commands, ...rest } = run(installWords)
    expect(rest).toMatchObject({ status: 0, code: 'OK', backend: 'own-link', changed: true })
    expect(log()).toEqual(commands)
    expect(tree()[unit]).toMatch(/^file 644 0 /u)
    expect(run(['status'])).toMatchObject({ code: 'INSTALLED' })

    writeFileSync(join(folder, 'log'), '')
    const undone = run(['uninstall'])
    expect(undone).toMatchObject({ status: 0, changed: true })
    expect(log()).toEqual(undone.commands)
    expect(tree()).toEqual(before)
  })

  it('works from standard input', () => {
    const before = tree()
    const text = readFileSync(helperPath, 'utf8')
    expect(run(installWords, '-', text)).toMatchObject({ status: 0, changed: true })
    expect(run(['uninstall'], '-', text)).toMatchObject({ status: 0, changed: true })
    expect(tree()).toEqual(before)
  })

  it('takes everything back when the service does not start', () => {
    const before = tree()
    expect(run(['install', '--port', '5399', '--suffix', 'nostr'])).toMatchObject({
      status: 74,
      code: 'RELOAD',
      backend: 'own-link',
      changed: false,
    })
    expect(tree()).toEqual(before)
    expect(run(['status'])).toMatchObject({ code: 'ABSENT' })
  })

  it('goes back to the old settings when the service does not start with the new ones', () => {
    run(installWords)
    const installed = tree()
    expect(run(['install', '--port', '5399', '--suffix', 'nostr'])).toMatchObject({
      status: 74,
      changed: false,
    })
    expect(log().filter((line) => line.includes('restart'))).toHaveLength(3)
    expect(tree()).toEqual(installed)
    expect(run(['status'])).toMatchObject({ code: 'INSTALLED' })
  })

  it('takes everything back when the resolver does not survive it', () => {
    const before = tree()
    writeFileSync(join(folder, 'dies'), '')
    expect(run(installWords)).toMatchObject({ status: 74, code: 'RELOAD' })
    expect(Object.keys(tree()).filter((path) => path.includes('50-nostr-dns'))).toEqual([])
    rmSync(join(folder, 'dies'))
    expect(run(['uninstall'])).toMatchObject({ status: 0 })
    expect(tree()).toEqual(before)
  })

  it('removes its files even when no service does what it is told, and goes on later', () => {
    const before = tree()
    run(installWords)
    writeFileSync(join(folder, 'deaf'), '')
    expect(run(['uninstall'])).toMatchObject({ status: 74, code: 'RELOAD', changed: true })
    expect(Object.keys(tree()).filter((path) => path.includes('50-nostr-dns'))).toEqual([])
    expect(run(['status'])).toMatchObject({ code: 'DRIFT' })
    rmSync(join(folder, 'deaf'))
    const again = run(['uninstall'])
    expect(again).toMatchObject({ status: 0, code: 'OK' })
    expect(again.commands).toContain('systemctl daemon-reload')
    expect(tree()).toEqual(before)
  })
})
