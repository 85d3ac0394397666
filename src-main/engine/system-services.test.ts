import { expect, it } from 'vitest'
import type { Settings } from '../../src-preload/contract/settings.ts'
import { settingsSchema } from '../../src-preload/contract/settings.ts'
import { ok } from '../env/errors.ts'
import { systemRandom } from '../env/system-env.ts'
import type { Exec } from '../host/exec.ts'
import { createCanary } from '../host/resolver/canary.ts'
import { createSystemServices } from './system-services.ts'
import { testEnv } from './testing/test-relay.ts'

/** Windows without rules, where the administrator's prompt ends with `code`. */
function windows(code: number) {
  let settings: Settings = settingsSchema.parse({ version: 1 })
  const ports: number[] = []
  const exec: Exec = ({ program }) => {
    const isPrompt = /powershell/iu.test(program)
    if (isPrompt) ports.push(settings.resolver.splitPort)
    return Promise.resolve({
      kind: 'exited',
      code: isPrompt ? code : 1,
      stdout: '',
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
