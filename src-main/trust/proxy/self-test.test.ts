import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { encodeNpub } from '../../names/npub.ts'
import { selfTestDomain } from './self-test.ts'

test('the key of the self-test’s name is a hash that nobody has the secret of', () => {
  const key = createHash('sha256').update('Nostr DNS self-test').digest('hex')
  expect(selfTestDomain).toBe(`${encodeNpub(key)}.nostr`)
})
