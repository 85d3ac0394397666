import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  extractPackages,
  extractedPackagesFolder,
  extractedSets,
  packagesToUnpack,
} from './extracted-packages.mjs'

test('what apt would unpack is read from its simulation: new packages and newer ones', () => {
  const simulation = [
    'Inst libsystemd0 [252.38-1] (252.39-1 Debian:12.15/oldstable [amd64])',
    'Conf libsystemd0 (252.39-1 Debian:12.15/oldstable [amd64])',
    'Inst systemd-resolved (252.39-1 Debian:12.15/oldstable [amd64])',
    'Conf systemd-resolved (252.39-1 Debian:12.15/oldstable [amd64])',
    '',
  ].join('\n')
  expect(packagesToUnpack(simulation)).toEqual(['libsystemd0', 'systemd-resolved'])
})

test.skipIf(process.platform !== 'linux')('a set that is there is left alone', async () => {
  const base = await mkdtemp(join(tmpdir(), 'nostr-dns-sets-'))
  try {
    for (const { folder } of extractedSets) await mkdir(join(base, folder))
    expect(await extractPackages(extractedSets, base)).toEqual([])
    expect((await readdir(base)).toSorted()).toEqual(
      extractedSets.map(({ folder }) => folder).toSorted(),
    )
  } finally {
    await rm(base, { recursive: true, force: true })
  }
})

test('tests are told where the sets are', () => {
  expect(process.env['NOSTR_DNS_TEST_PACKAGES']).toBe(extractedPackagesFolder())
})
