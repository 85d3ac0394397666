import { describe, expect, test } from 'vitest'
import { holdsAll, isNodeRecentEnough } from './packages.mjs'

describe('isNodeRecentEnough', () => {
  test.each([
    ['20.18.0', true],
    ['20.18.1', true],
    ['22.0.0', true],
    ['20.17.9', false],
    ['18.20.4', false],
  ])('%s: %s', (version, expected) => {
    expect(isNodeRecentEnough(version)).toBe(expected)
  })
})

describe('holdsAll', () => {
  const locked = {
    packages: {
      '': { version: '1.0.0' },
      'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
      'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', optional: true },
    },
  }

  test.each([
    ['everything', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } }, true],
    ['another version', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }, false],
    ['another content', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-x' } }, false],
    ['nothing', {}, false],
  ])('%s installed', (_title, packages, expected) => {
    expect(holdsAll({ packages }, locked)).toBe(expected)
  })
})
