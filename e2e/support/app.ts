import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { locateElectron } from '../../scripts/electron-runtime.mjs'
import { stageApp } from '../../scripts/electron-stage.mjs'
import { freePorts } from './free-ports.ts'

export interface AppPorts {
  readonly proxy: number
  readonly split: number
  readonly doh: number
  readonly relay: number
}

export interface StartOptions {
  readonly command: AppCommand
  readonly dataDir: string
  readonly busAddress: string
  readonly ports: AppPorts
  readonly args?: readonly string[]
  /** A folder of programs found before all others. */
  readonly programs?: string | undefined
}

export interface RunningApp {
  readonly electron: ElectronApplication
  readonly dataDir: string
  readonly ports: AppPorts
  /** The window; waits until there is one. */
  window(): Promise<Page>
  /** Quits as the tray's Quit does; resolves when the process is gone. */
  quit(): Promise<void>
}

export async function appPorts(): Promise<AppPorts> {
  const [proxy = 0, split = 0, doh = 0, relay = 0] = await freePorts(4)
  return { proxy, split, doh, relay }
}

export interface SettingsOptions {
  readonly addressServices?: readonly string[] | undefined
  /** Keys whose names may lead to private addresses, such as this computer's. */
  readonly privateAddressOwners?: readonly string[] | undefined
  /** PKARR relays; the DHT is off, as it reaches out of this computer. */
  readonly pkarrRelays?: readonly string[] | undefined
}

/** Settings with which nothing leaves this computer. */
export async function writeSettings(
  dataDir: string,
  ports: AppPorts,
  relays: readonly string[],
  options: SettingsOptions = {},
): Promise<void> {
  await mkdir(dataDir, { recursive: true })
  const settings = {
    version: 1,
    resolver: {
      proxyPort: ports.proxy,
      splitPort: ports.split,
      dohPort: ports.doh,
      // The discard port: an ordinary name is refused at once instead of being asked outside.
      upstreams: ['127.0.0.1:9'],
      privateAddressOwners: options.privateAddressOwners ?? [],
    },
    relays: {
      defaults: relays,
      indexers: [],
      user: [],
      embedded: { enabled: true, port: ports.relay },
    },
    publish: { addressServices: options.addressServices ?? [], stunServers: [] },
    pkarr: {
      relays: options.pkarrRelays ?? [],
      dht: { enabled: false, bootstrap: [] },
    },
  }
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify(settings))
}

/** How a child process of a test sees the world: our bus, and nothing of the user's own session. */
export function appEnvironment(busAddress: string, home: string): Record<string, string> {
  const { DISPLAY = '', PATH = '', XAUTHORITY } = process.env
  if (DISPLAY === '') {
    throw new Error('these tests need a display: npm test starts one, or use xvfb-run')
  }
  return {
    DISPLAY,
    PATH,
    ...(XAUTHORITY === undefined ? {} : { XAUTHORITY }),
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_RUNTIME_DIR: home,
    DBUS_SESSION_BUS_ADDRESS: busAddress,
    LANG: 'C.UTF-8',
    // No accessibility bus: it would be started on our bus and outlive the app.
    NO_AT_BRIDGE: '1',
  }
}

export interface AppCommand {
  readonly executable: string
  readonly args: readonly string[]
}

/** The command that starts the app of this checkout, and the switches root needs in tests. */
export async function appCommand(): Promise<AppCommand> {
  const { executable, args } = await stageApp(await locateElectron())
  const isRoot = process.getuid?.() === 0
  return { executable, args: isRoot ? [...args, '--no-sandbox'] : args }
}

export async function startApp(options: StartOptions): Promise<RunningApp> {
  const { dataDir, ports } = options
  const { executable, args } = options.command
  const env = appEnvironment(options.busAddress, dataDir)
  const path = [options.programs, env['PATH']].filter(Boolean).join(delimiter)
  const electron = await _electron.launch({
    executablePath: executable,
    args: [...args, '--data-dir', dataDir, ...(options.args ?? [])],
    env: { ...env, PATH: path },
  })
  return {
    electron,
    dataDir,
    ports,
    window: () => electron.firstWindow(),
    quit: () => electron.close(),
  }
}

/** Starts the app once more, as a menu, the login or a link does; resolves with its exit code. */
export async function startAgain(
  app: Pick<RunningApp, 'dataDir'>,
  command: AppCommand,
  busAddress: string,
  args: readonly string[],
): Promise<number | null> {
  const { executable, args: own } = command
  const second = spawn(executable, [...own, '--data-dir', app.dataDir, ...args], {
    env: appEnvironment(busAddress, app.dataDir),
    stdio: 'ignore',
  })
  const [code] = (await once(second, 'exit')) as [number | null]
  return code
}
