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
  [['nostr-dns:a.nostr'], { relays: [], isHidden: false, link: 'nostr-dns:a.nostr' }],
  [
    ['/usr/bin/nostr-dns', '--hidden', '--allow-file-access-from-files', 'nostr-dns://a.nostr'],
    { relays: [], isHidden: true, link: 'nostr-dns://a.nostr' },
  ],
  // Switches of Chromium and Electron are theirs to read.
  [['.', '--no-sandbox', '--inspect=0', '--lang=de'], { relays: [], isHidden: false }],
])('%j', (argv, expected) => {
  expect(parseLaunchOptions(argv)).toEqual(expected)
})
