import { defineConfig } from '@playwright/test'

export default defineConfig({
  projects: [
    { name: 'app', testDir: 'e2e/specs' },
    // What `npm run package` makes, started as users start it.
    { name: 'packaged', testDir: 'e2e/packaged' },
    // What changes the system: started by a test of `app`, in namespaces, and skipped elsewhere.
    { name: 'in-lab', testDir: 'e2e/in-lab' },
  ],
  outputDir: 'test-results/e2e',
  // Each test runs a whole app with relays; more at once only makes them wait for each other.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [['list']],
})
