import { expect, test } from 'vitest'
import { isDebianLike } from './system-packages.mjs'

test.each([
  ['Debian', 'NAME="Debian GNU/Linux"\nID=debian\n', true],
  ['Ubuntu', 'ID=ubuntu\nID_LIKE=debian\n', true],
  ['Mint', 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', true],
  ['Fedora', 'ID=fedora\n', false],
  ['openSUSE', 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', false],
  ['nothing known', '', false],
])('%s', (_name, osRelease, expected) => {
  expect(isDebianLike(osRelease)).toBe(expected)
})
