import { ok, type Result } from '../../env/errors.ts'
import type { Memory, ProxyBackend, Reading, Run } from './proxy-backend.ts'

const schema = 'org.gnome.system.proxy'

/** GNOME and its kin. Values travel as GVariant text, quoted as gsettings prints them. */
export function createGnomeProxy(
  run: Run,
  variables: Readonly<Record<string, string>>,
): ProxyBackend {
  const get = async (key: string): Promise<Result<string>> => {
    const text = await run({ program: 'gsettings', argv: ['get', schema, key], variables })
    return text.ok ? ok(text.value.trim()) : text
  }
  const set = async (key: string, value: string): Promise<Result<void>> => {
    const done = await run({ program: 'gsettings', argv: ['set', schema, key, value], variables })
    return done.ok ? ok(undefined) : done
  }

  return {
    async read() {
      const mode = await get('mode')
      if (!mode.ok) return mode
      const url = await get('autoconfig-url')
      if (!url.ok) return url
      return ok(judge(mode.value, url.value))
    },
    async set(pacUrl) {
      // The address first: the mode makes it count.
      const url = await set('autoconfig-url', quote(pacUrl))
      return url.ok ? set('mode', quote('auto')) : url
    },
    async restore(memory) {
      const mode = await set('mode', memory['mode'] ?? quote('none'))
      return mode.ok ? set('autoconfig-url', memory['autoconfig-url'] ?? quote('')) : mode
    },
    watchdog: (memory, pacUrl) => [
      'gnome',
      quote(pacUrl),
      memory['mode'] ?? quote('none'),
      memory['autoconfig-url'] ?? quote(''),
    ],
  }
}

function judge(mode: string, url: string): Reading {
  const memory: Memory = { mode, 'autoconfig-url': url }
  if (mode === quote('none')) return { kind: 'none', memory }
  if (mode === quote('manual')) return { kind: 'other', current: 'a proxy set by hand' }
  const plain = url.slice(1, -1)
  if (plain === '') return { kind: 'other', current: 'automatic detection of the network’s proxy' }
  return { kind: 'pac', url: plain }
}

/** A GVariant string; ours have no character that would need escaping. */
function quote(text: string): string {
  return `'${text}'`
}
