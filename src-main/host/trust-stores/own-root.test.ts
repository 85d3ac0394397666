import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTestFolder } from '../testing/test-home.ts'
import {
  brokenConstraints,
  makeTestRoot,
  ourConstraints,
  patchRoot,
  type TestRoot,
} from '../testing/test-roots.ts'
import { identify, readOwnRoot, splitPem } from './own-root.ts'

const name = 'Nostr Names (box-1.local) 0a1b2c3d'
let folder: Awaited<ReturnType<typeof makeTestFolder>>
let root: TestRoot

beforeAll(async () => {
  folder = await makeTestFolder()
  root = makeTestRoot(folder.path, name)
})
afterAll(() => folder.remove())

describe('readOwnRoot', () => {
  it('recognises a root of this program', () => {
    expect(readOwnRoot(root.pem)).toMatchObject({ commonName: name, sha256: root.sha256 })
    expect(readOwnRoot(`# a comment\n${root.pem}`)?.sha256).toBe(root.sha256)
    expect(readOwnRoot(root.pem)?.sha1).toMatch(/^[0-9A-F]{40}$/u)
  })

  it.each([
    ['no constraints', name, null],
    ['constraints that are not critical', name, ourConstraints.slice('critical,'.length)],
    ['another name space', name, ourConstraints.replace('nostr', 'com')],
    ['a second name space', name, `${ourConstraints},permitted;DNS:com`],
    ['addresses not excluded', name, 'critical,permitted;DNS:nostr'],
    ['only IPv4 excluded', name, 'critical,permitted;DNS:nostr,excluded;IP:0.0.0.0/0.0.0.0'],
    ['no authority', name, ourConstraints, 'critical,CA:FALSE'],
    ['another name', 'Corporate Root', ourConstraints],
    ['a name that only begins like ours', 'Nostr Names (', ourConstraints],
    ['a name with more behind ours', `${name} x`, ourConstraints],
  ])('does not recognise %s', (_what, commonName, constraints, basic = 'critical,CA:TRUE') => {
    const other = makeTestRoot(folder.path, commonName, constraints, basic)
    expect(identify(other.pem)?.commonName).toBe(commonName)
    expect(readOwnRoot(other.pem)).toBeUndefined()
  })

  it.each(brokenConstraints)('does not recognise one that %s', (_what, from, to) => {
    expect(readOwnRoot(patchRoot(root, from, to).pem)).toBeUndefined()
  })

  it('does not recognise several certificates, damage or nothing', () => {
    const lines = root.pem.split('\n')
    for (const text of ['', 'x', root.pem + root.pem, lines.slice(0, 4).join('\n')]) {
      expect(readOwnRoot(text)).toBeUndefined()
    }
    const der = Buffer.from(lines.slice(1, -2).join(''), 'base64')
    for (let at = 0; at < der.length; at += 7) {
      const cut = `-----BEGIN CERTIFICATE-----\n${der.subarray(0, at).toString('base64')}\n-----END CERTIFICATE-----\n`
      expect(readOwnRoot(cut)).toBeUndefined()
    }
  })
})

describe('splitPem', () => {
  it('separates certificates from each other and from what is around them', () => {
    expect(splitPem(`a\n${root.pem}b\r\n${root.pem.replaceAll('\n', '\r\n')}`)).toEqual([
      root.pem,
      root.pem,
    ])
  })
})
