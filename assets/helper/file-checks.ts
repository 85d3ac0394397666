import { chmodSync, chownSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  delegateFile,
  delegateFolder,
  installWords,
  prepare,
  resolved,
  type Subject,
} from './subject.ts'

export function leavesForeignFiles(subject: Subject): void {
  for (const text of [
    '[Delegate]\n',
    '',
    '\n# Written by Nostr DNS, which replaces and removes this file.\n',
  ]) {
    const { root, run } = prepare(subject, resolved(258, { files: { [delegateFile]: text } }))
    const before = root.tree()
    expect(run(['status'])).toMatchObject({ status: 75, code: 'CONFLICT' })
    expect(run(installWords)).toMatchObject({
      status: 75,
      code: 'CONFLICT',
      changed: false,
      commands: [],
    })
    expect(run(['uninstall'])).toMatchObject({ status: 0, code: 'FOREIGN_LEFT', changed: false })
    expect(root.tree()).toEqual(before)
  }
}

export function followsNoLinkToAFile(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258))
  run(installWords)
  const ours = root.read(delegateFile)
  rmSync(join(root.path, delegateFile))
  // Even a file of ours elsewhere: links are not ours.
  root.write('/etc/aside', ours)
  root.link(delegateFile, '/etc/aside')
  run(['uninstall'])
  expect(root.tree()).toMatchObject({
    '/etc/aside': expect.stringContaining('Delegate'),
    [delegateFile]: 'link ../../aside',
  })
  const before = root.tree()
  expect(run(installWords)).toMatchObject({ status: 75, code: 'CONFLICT' })
  expect(root.tree()).toEqual(before)
}

export function leavesAFolderInTheWay(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258, { folders: [delegateFile] }))
  const before = root.tree()
  expect(run(installWords)).toMatchObject({ status: 75, code: 'CONFLICT' })
  expect(run(['uninstall'])).toMatchObject({ status: 0, code: 'FOREIGN_LEFT' })
  expect(root.tree()).toEqual(before)
}

export function followsNoLinkToAFolder(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258, { folders: ['/etc/aside'] }))
  root.link(delegateFolder, '/etc/aside')
  const before = root.tree()
  expect(run(installWords)).toMatchObject({ status: 73, code: 'UNSAFE', changed: false })
  expect(root.tree()).toEqual(before)
}

export function refusesFoldersOthersCanChange(subject: Subject): void {
  for (const [folder, mode] of [
    [delegateFolder, 0o777],
    [delegateFolder, 0o775],
    ['/etc', 0o757],
    ['/var/lib', 0o777],
    ['/etc/systemd', 0o1777],
  ] as const) {
    const { root, run } = prepare(subject, resolved(258, { folders: [delegateFolder] }))
    chmodSync(join(root.path, folder), mode)
    const before = root.tree()
    expect(run(installWords)).toMatchObject({ status: 73, code: 'UNSAFE', changed: false })
    expect(root.tree()).toEqual(before)
  }
}

export function leavesFilesWhereOthersCanChange(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258))
  run(installWords)
  chmodSync(join(root.path, delegateFolder), 0o777)
  const installed = root.tree()
  expect(run(['uninstall'])).toMatchObject({ status: 73, code: 'UNSAFE' })
  expect(root.tree()).toEqual(installed)
}

export function refusesFoldersOfOthers(subject: Subject): void {
  if (process.getuid?.() !== 0) return
  const { root, run } = prepare(subject, resolved(258, { folders: [delegateFolder] }))
  chownSync(join(root.path, delegateFolder), 12_345, 12_345)
  const before = root.tree()
  expect(run(installWords)).toMatchObject({ status: 73, code: 'UNSAFE' })
  expect(root.tree()).toEqual(before)
}

export function takesBackWhatItCannotFinish(subject: Subject): void {
  // The unit is written, then the folder for NetworkManager turns out to be unsafe, or full.
  for (const mode of [0o777, 0o555]) {
    const unmanaged = '/etc/NetworkManager/conf.d'
    const { root, run } = prepare(subject, resolved(252, { folders: [unmanaged] }))
    chmodSync(join(root.path, unmanaged), mode)
    const before = root.tree()
    expect(run(installWords)).toMatchObject({ status: 73, ok: false, changed: false })
    expect(root.tree()).toEqual(before)
  }
}

export function writesThroughNoTemporaryFile(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258, { files: { '/etc/victim': 'precious' } }))
  root.link(`${delegateFolder}/.50-nostr-dns.tmp`, '/etc/victim')
  root.link('/var/lib/nostr-dns/.50-nostr-dns.tmp', '/etc/victim')
  expect(run(installWords)).toMatchObject({ status: 0 })
  expect(root.read('/etc/victim')).toBe('precious')
  expect(Object.keys(root.tree()).filter((path) => path.endsWith('.tmp'))).toEqual([])
}
