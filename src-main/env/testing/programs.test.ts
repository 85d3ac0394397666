import { execPath } from 'node:process'
import { basename, dirname } from 'node:path'
import { expect, test } from 'vitest'
import { findProgram, hasPrograms } from './programs.ts'

const here = basename(execPath)
const PATH = dirname(execPath)

test('what is missing skips tests, and fails on a build server', () => {
  expect(findProgram(here, { PATH })).toBe(execPath)
  expect(hasPrograms([here], { PATH, CI: 'true' })).toBe(true)
  expect(hasPrograms([here, 'no-such-browser'], { PATH })).toBe(false)
  expect(() => hasPrograms([here, 'no-such-browser'], { PATH, CI: 'true' })).toThrow(
    /no-such-browser/u,
  )
})
