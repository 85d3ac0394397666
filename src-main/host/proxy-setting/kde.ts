import { ok, type Result } from '../../env/errors.ts'
import type { Memory, ProxyBackend, Reading, Run } from './proxy-backend.ts'

const typeKey = 'ProxyType'
const scriptKey = 'Proxy Config Script'

/** KProtocolManager::ProxyType. */
const types = { none: '0', manual: '1', pac: '2', detect: '3', environment: '4' } as const

/** KDE Plasma: `kioslaverc`, through the tools of KDE Frameworks 6 or 5. */
export function createKdeProxy(
  run: Run,
  variables: Readonly<Record<string, string>>,
  version: '5' | '6',
): ProxyBackend {
  const entry = (key: string): readonly string[] => [
    '--file',
    'kioslaverc',
    '--group',
    'Proxy Settings',
    '--key',
    key,
  ]
  const get = async (key: string): Promise<Result<string>> => {
    const program = `kreadconfig${version}`
    const text = await run({ program, argv: entry(key), variables })
    return text.ok ? ok(text.value.trim()) : text
  }
  const set = async (key: string, value: string): Promise<Result<void>> => {
    const program = `kwriteconfig${version}`
    // An entry that was not there is taken out again; the tool wants a value all the same.
    const words = value === '' ? ['--delete', ''] : [value]
    const done = await run({ program, argv: [...entry(key), ...words], variables })
    return done.ok ? ok(undefined) : done
  }
  /** Tells running programs; that nobody listens is no failure. */
  const announce = async (): Promise<Result<void>> => {
    await run({ program: 'dbus-send', argv: reparse, variables })
    return ok(undefined)
  }

  return {
    async read() {
      const type = await get(typeKey)
      if (!type.ok) return type
      const script = await get(scriptKey)
      return script.ok ? ok(judge(type.value, script.value)) : script
    },
    async set(pacUrl) {
      const script = await set(scriptKey, pacUrl)
      const type = script.ok ? await set(typeKey, types.pac) : script
      return type.ok ? announce() : type
    },
    async restore(memory) {
      const type = await set(typeKey, memory[typeKey] ?? '')
      const script = type.ok ? await set(scriptKey, memory[scriptKey] ?? '') : type
      return script.ok ? announce() : script
    },
    watchdog: (memory, pacUrl) => [
      `kde${version}`,
      pacUrl,
      memory[typeKey] ?? '',
      memory[scriptKey] ?? '',
    ],
  }
}

const reparse: readonly string[] = [
  '--type=signal',
  '/KIO/Scheduler',
  'org.kde.KIO.Scheduler.reparseSlaveConfiguration',
  'string:',
]

function judge(type: string, script: string): Reading {
  const memory: Memory = { [typeKey]: type, [scriptKey]: script }
  switch (type) {
    case '':
    case types.none:
      return { kind: 'none', memory }
    case types.pac:
      return { kind: 'pac', url: script }
    case types.detect:
      return { kind: 'other', current: 'automatic detection of the network’s proxy' }
    case types.environment:
      return { kind: 'other', current: 'the proxy of the environment variables' }
    default:
      return { kind: 'other', current: 'a proxy set by hand' }
  }
}
