import { expect, test } from 'vitest'
import { parseLaunchOptions } from './launch-options.ts'

test.each([
  [[], { relays: [], isHidden: false }],
  [['--hidden'], { relays: [], isHidden: true }],
  [['--data-dir', '/d'], { dataDir: '/d', relays: [], isHidden: false }],
  [['--data-dir=/d'], { dataDir: '/d', relays: [], isHidden: false }],
  [['--data-dir'], { relays: [], isHidden: false }],
  [['--data-dir', '--hidden'], { relays: [], isHidden: true }],
  [['--relay', 'ws://a', '--relay=ws://b'], { relays: ['ws://a', 'ws://b'], isHidden: false }],
  // Switches of Chromium and Electron are theirs to read.
  [['.', '--no-sandbox', '--inspect=0', '--lang=de'], { relays: [], isHidden: false }],
])('%j', (argv, expected) => {
  expect(parseLaunchOptions(argv)).toEqual(expected)
})
