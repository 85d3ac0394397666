import { defineConfig } from 'vitest/config'
import { extractedPackagesFolder } from './scripts/extracted-packages.mjs'

export default defineConfig({
  test: {
    include: [
      'src-main/**/*.test.ts',
      'src-preload/**/*.test.ts',
      'src-renderer/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      'assets/**/*.test.ts',
    ],
    // Services of Debian that tests start themselves, unpacked by `npm test`; each may be missing.
    env: { NOSTR_DNS_TEST_PACKAGES: extractedPackagesFolder() },
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})
