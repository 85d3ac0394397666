import { expect, it } from 'vitest'
import type { Settings } from '../../src-preload/contract/settings.ts'
import { settingsSchema } from '../../src-preload/contract/settings.ts'
import { ok } from '../env/errors.ts'
import { systemRandom } from '../env/system-env.ts'
import type { Exec } from '../host/exec.ts'
import { marker } from '../host/resolver/backend-files.ts'
import { createCanary } from '../host/resolver/canary.ts'
import { localRulesKey } from '../host/resolver/windows-rules.ts'
import { createSystemServices } from './system-services.ts'
import { testEnv } from './testing/test-relay.ts'

const rule = [
  localRulesKey.replace('HKLM', 'HKEY_LOCAL_MACHINE').concat('\\{1}'),
  String.raw`    Name    REG_MULTI_SZ    .nostr\0.pkarr\0.key`,
  '    GenericDNSServers    REG_SZ    127.0.0.1',
  '    ConfigOptions    REG_DWORD    0x8',
  `    Comment    REG_SZ    ${marker}`,
].join('\r\n')

/** Windows, where the administrator's prompt ends with `code`; a `hasRule` of ours goes with 0. */
function windows(code: number, splitPort = 5364, hasRule = false) {
  let settings: Settings = settingsSchema.parse({ version: 1, resolver: { splitPort } })
  let isRuled = hasRule
  const ports: number[] = []
  const exec: Exec = ({ program, argv }) => {
    const isPrompt = /powershell/iu.test(program)
    if (isPrompt) ports.push(settings.resolver.splitPort)
    if (isPrompt && code === 0) isRuled = false
    const isFound = isRuled && argv.includes(localRulesKey)
    return Promise.resolve({
      kind: 'exited',
      code: isPrompt ? code : isFound ? 0 : 1,
      stdout: isFound ? rule : '',
      stderr: '',
    })
  }
  const system = createSystemServices(testEnv, {
    settings: {
      get: () => settings,
      update({ resolver = {} }) {
        settings = settingsSchema.parse({
          ...settings,
          resolver: { ...settings.resolver, ...resolver },
        })
        return Promise.resolve(ok(undefined))
      },
      onChange: () => () => undefined,
    },
    server: { listeners: () => [] },
    canary: createCanary(systemRandom),
    exec,
    platform: 'win32',
  })
  return { system, ports, splitPort: () => settings.resolver.splitPort }
}

it('Windows: our server moves to port 53 for the rule, and back when the prompt is closed', async () => {
  const { system, ports, splitPort } = windows(1223)
  expect(splitPort()).toBe(5364)
  expect(await system.install()).toMatchObject({
    ok: false,
    error: { code: 'elevation.cancelled' },
  })
  expect(ports).toEqual([53])
  expect(splitPort()).toBe(5364)
})

it.each([
  ['undone', 0, true, 5364],
  ['the prompt closed', 1223, true, 53],
  ['nothing to undo: 53 is what the user chose', 0, false, 53],
])('Windows: our server leaves port 53 with the rule: %s', async (_title, code, hasRule, port) => {
  const { system, ports, splitPort } = windows(code, 53, hasRule)
  await system.look()
  expect((await system.uninstall()).ok).toBe(code === 0)
  expect(ports).toEqual(hasRule ? [53] : [])
  expect(splitPort()).toBe(port)
})
