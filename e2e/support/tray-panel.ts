/**
 * A panel without a screen: owns org.kde.StatusNotifierWatcher on a session bus, so that Electron
 * exports its tray icon there, then reads the icon's properties and menu and clicks menu items, all
 * through the D-Bus calls a real panel makes (StatusNotifierItem, com.canonical.dbusmenu).
 */
import { setTimeout } from 'node:timers/promises'
import dbus, { type Message, type MessageBus } from 'dbus-next'

const { Message: BusMessage, Variant, interface: busInterface } = dbus

export interface TrayMenuEntry {
  readonly id: number
  readonly label: string
  readonly isEnabled: boolean
  /** Absent for items that are no checkbox. */
  readonly isChecked?: boolean
  readonly isSeparator: boolean
  readonly children: readonly TrayMenuEntry[]
}

export interface TrayItem {
  readonly tooltip: string
  /** Bytes of the icon picture: differs when the picture does. */
  readonly picture: string
  menu(): Promise<readonly TrayMenuEntry[]>
  /** Clicks the item with this label, at any depth, as soon as it is there and enabled. */
  click(label: string): Promise<void>
}

export interface TrayPanel {
  /** The icon of the app that registered last; waits for one. */
  item(): Promise<TrayItem>
  stop(): void
}

const watcherName = 'org.kde.StatusNotifierWatcher'
const itemInterface = 'org.kde.StatusNotifierItem'
const menuInterface = 'com.canonical.dbusmenu'
const patienceMs = 15_000

class Watcher extends busInterface.Interface {
  readonly #onItem: (service: string) => void
  readonly #items: string[] = []

  constructor(onItem: (service: string) => void) {
    super(watcherName)
    this.#onItem = onItem
  }

  RegisterStatusNotifierItem(service: string): void {
    this.#items.push(service)
    this.#onItem(service)
  }

  RegisterStatusNotifierHost(_service: string): void {}

  get RegisteredStatusNotifierItems(): string[] {
    return this.#items
  }

  get IsStatusNotifierHostRegistered(): boolean {
    return true
  }

  get ProtocolVersion(): number {
    return 0
  }
}

Watcher.configureMembers({
  methods: {
    RegisterStatusNotifierItem: { inSignature: 's', outSignature: '' },
    RegisterStatusNotifierHost: { inSignature: 's', outSignature: '' },
  },
  properties: {
    RegisteredStatusNotifierItems: { signature: 'as', access: 'read' },
    IsStatusNotifierHostRegistered: { signature: 'b', access: 'read' },
    ProtocolVersion: { signature: 'i', access: 'read' },
  },
})

/** Must be running before the app starts: Electron looks for a panel once. */
export async function startTrayPanel(busAddress: string): Promise<TrayPanel> {
  const bus = dbus.sessionBus({ busAddress })
  let service: string | undefined
  let onService: (() => void) | undefined
  const watcher = new Watcher((name) => {
    service = name
    onService?.()
  })
  bus.export('/StatusNotifierWatcher', watcher)
  await bus.requestName(watcherName, 0)

  const registered = async (): Promise<string> => {
    if (service !== undefined) return service
    await new Promise<void>((resolve, reject) => {
      const timer = globalThis.setTimeout(
        () => reject(new Error('no tray icon was registered')),
        patienceMs,
      )
      onService = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    return registered()
  }

  return {
    async item() {
      return readItem(bus, await registered())
    },
    stop: () => bus.disconnect(),
  }
}

async function call(
  bus: MessageBus,
  destination: string,
  path: string,
  member: readonly [busInterfaceName: string, method: string],
  signature: string,
  body: unknown[],
): Promise<unknown[]> {
  const [interfaceName, method] = member
  const reply: Message | null = await bus.call(
    new BusMessage({
      destination,
      path,
      interface: interfaceName,
      member: method,
      signature,
      body,
    }),
  )
  return reply?.body ?? []
}

type Properties = Readonly<Record<string, { readonly value: unknown } | undefined>>

/** The introspection data lacks Properties, so these are raw calls instead of proxies. */
async function readItem(bus: MessageBus, service: string): Promise<TrayItem> {
  const path = '/StatusNotifierItem'
  const [properties] = (await call(
    bus,
    service,
    path,
    ['org.freedesktop.DBus.Properties', 'GetAll'],
    's',
    [itemInterface],
  )) as [Properties]
  const tooltip = properties['ToolTip']?.value as [string, unknown, string, string] | undefined
  const pictures = properties['IconPixmap']?.value as [number, number, Uint8Array][] | undefined
  const menuPath = String(properties['Menu']?.value)

  const menu = async (): Promise<readonly TrayMenuEntry[]> => {
    const [, layout] = await call(bus, service, menuPath, [menuInterface, 'GetLayout'], 'iias', [
      0,
      -1,
      [],
    ])
    return toEntry(layout as RawEntry).children
  }

  const clickable = async (label: string): Promise<TrayMenuEntry> => {
    const deadlineMs = Date.now() + patienceMs
    for (;;) {
      const entry = flatten(await menu()).find((candidate) => candidate.label === label)
      if (entry?.isEnabled === true) return entry
      if (Date.now() > deadlineMs) {
        throw new Error(`the tray menu item "${label}" is ${entry ? 'disabled' : 'not there'}`)
      }
      await setTimeout(50)
    }
  }

  return {
    tooltip: [tooltip?.[2], tooltip?.[3]].filter(Boolean).join('\n'),
    picture: (pictures ?? []).map(([, , bytes]) => Buffer.from(bytes).toString('base64')).join(),
    menu,
    async click(label) {
      const entry = await clickable(label)
      await call(bus, service, menuPath, [menuInterface, 'Event'], 'isvu', [
        entry.id,
        'clicked',
        new Variant('s', ''),
        0,
      ])
    },
  }
}

type RawEntry = [id: number, properties: Properties, children: { readonly value: RawEntry }[]]

function toEntry([id, properties, children]: RawEntry): TrayMenuEntry {
  const toggle = properties['toggle-type']?.value
  const label = properties['label']?.value
  return {
    id,
    // An underscore marks the next letter as access key; a doubled one is an underscore.
    label: (typeof label === 'string' ? label : '').replace(/_(.?)/gu, '$1'),
    isEnabled: properties['enabled']?.value !== false,
    isSeparator: properties['type']?.value === 'separator',
    ...(toggle === undefined ? {} : { isChecked: properties['toggle-state']?.value === 1 }),
    children: children.map((child) => toEntry(child.value)),
  }
}

function flatten(entries: readonly TrayMenuEntry[]): readonly TrayMenuEntry[] {
  return entries.flatMap((entry) => [entry, ...flatten(entry.children)])
}
