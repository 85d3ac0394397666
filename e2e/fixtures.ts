import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from '@playwright/test'
import {
  appCommand,
  appPorts,
  startApp,
  writeSettings,
  type AppCommand,
  type AppPorts,
  type RunningApp,
  type SettingsOptions,
  type StartOptions,
} from './support/app.ts'
import { startAddressService } from './support/address-service.ts'
import { startRelay, type RelayProcess } from './support/cli.ts'
import { freePorts } from './support/free-ports.ts'
import { createPerson, type Person } from './support/person.ts'
import { startPkarrRelay, type PkarrRelay } from './support/pkarr-relay.ts'
import { startSessionBus, type SessionBus } from './support/session-bus.ts'
import { startTrayPanel, type TrayPanel } from './support/tray-panel.ts'

interface TestFixtures {
  /** An empty folder of this test, removed after it. */
  readonly scratch: string
  readonly ports: AppPorts
  /** A panel that shows tray icons, up before the app. */
  readonly panel: TrayPanel
  /** Two relays in processes of their own. */
  readonly relays: readonly RelayProcess[]
  /** A PKARR relay in this process, for `launch({ pkarrRelays: [pkarrRelay.url] })`. */
  readonly pkarrRelay: PkarrRelay
  /** The address `bob` publishes. */
  readonly bobAddress: string
  /** The owner of a name, whose address the relays have. */
  readonly bob: Person
  /** Services that tell every caller that its address is `ownAddress`. */
  readonly addressServices: readonly string[]
  /** Starts the app against `relays`; every app started is quit after the test. */
  readonly launch: (
    options?: SettingsOptions & Pick<StartOptions, 'args' | 'programs'>,
  ) => Promise<RunningApp>
}

interface WorkerFixtures {
  /** How to start the app. */
  readonly command: AppCommand
  readonly bus: SessionBus
}

/** What this computer's public address is, to `addressServices`. */
export const ownAddress = '45.33.32.156'

export const test = base.extend<TestFixtures, WorkerFixtures>({
  // Playwright reads the fixtures a function needs from this pattern, so it may not be left out.
  // oxlint-disable-next-line no-empty-pattern
  command: [async ({}, use) => use(await appCommand()), { scope: 'worker' }],

  bus: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const bus = await startSessionBus()
      await use(bus)
      await bus.stop()
    },
    { scope: 'worker' },
  ],

  // oxlint-disable-next-line no-empty-pattern
  scratch: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'nostr-dns-e2e-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  },

  // oxlint-disable-next-line no-empty-pattern
  ports: async ({}, use) => use(await appPorts()),

  panel: async ({ bus }, use) => {
    const panel = await startTrayPanel(bus.address)
    await use(panel)
    panel.stop()
  },

  relays: async ({ scratch }, use) => {
    const started: RelayProcess[] = []
    for (const port of await freePorts(2)) {
      started.push(await startRelay(join(scratch, `relay-${port}`), port))
    }
    await use(started)
    await Promise.all(started.map((relay) => relay.stop()))
  },

  // oxlint-disable-next-line no-empty-pattern
  pkarrRelay: async ({}, use) => {
    const relay = await startPkarrRelay()
    await use(relay)
    await relay.stop()
  },

  bobAddress: ['45.33.32.156', { option: true }],

  bob: async ({ relays, scratch, bobAddress }, use) => {
    const bob = await createPerson(
      join(scratch, 'bob'),
      relays.map((relay) => relay.url),
    )
    await bob.publishAddress(bobAddress)
    await use(bob)
  },

  // oxlint-disable-next-line no-empty-pattern
  addressServices: async ({}, use) => {
    const services = [await startAddressService(ownAddress), await startAddressService(ownAddress)]
    await use(services.map((service) => service.url))
    await Promise.all(services.map((service) => service.stop()))
  },

  launch: async ({ command, scratch, ports, bus, panel: _panel, relays }, use) => {
    const running: RunningApp[] = []
    await use(async ({ args = [], programs, ...settings } = {}) => {
      const dataDir = join(scratch, 'data')
      // A second start in one test finds the settings the first one left.
      const isFirstStart = running.length === 0
      if (isFirstStart)
        await writeSettings(
          dataDir,
          ports,
          relays.map((relay) => relay.url),
          settings,
        )
      const app = await startApp({
        command,
        dataDir,
        busAddress: bus.address,
        ports,
        args,
        programs,
      })
      running.push(app)
      return app
    })
    for (const app of running) await app.quit()
  },
})

export { expect } from '@playwright/test'
