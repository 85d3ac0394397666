import { ok, type Result } from '../../env/errors.ts'
import type { Command } from '../exec.ts'
import type { Memory, ProxyBackend, Reading, Run } from './proxy-backend.ts'

const networksetup = '/usr/sbin/networksetup'

/** The commands, for people to read and for tests to hold still. Never run on macOS so far. */
export const macosProxyCommands = {
  services: (): Command => ({ program: networksetup, argv: ['-listallnetworkservices'] }),
  read: (service: string): Command => ({
    program: networksetup,
    argv: ['-getautoproxyurl', service],
  }),
  /** Whatever else may hold a proxy: `-getwebproxy`, `-getsecurewebproxy`, `-getproxyautodiscovery`. */
  readOther: (what: string, service: string): Command => ({
    program: networksetup,
    argv: [what, service],
  }),
  set: (service: string, url: string): Command => ({
    program: networksetup,
    argv: ['-setautoproxyurl', service, url],
  }),
  enable: (service: string, state: 'on' | 'off'): Command => ({
    program: networksetup,
    argv: ['-setautoproxystate', service, state],
  }),
}

const otherQuestions = ['-getwebproxy', '-getsecurewebproxy', '-getproxyautodiscovery']

interface ServiceState {
  readonly service: string
  /** Empty when there is none. */
  readonly url: string
  readonly isEnabled: boolean
  readonly hasOther: boolean
}

/** Every network service of macOS (Wi-Fi, Ethernet …) has a setting of its own. */
export function createMacosProxy(run: Run): ProxyBackend {
  const readService = async (service: string): Promise<Result<ServiceState>> => {
    const auto = await run(macosProxyCommands.read(service))
    if (!auto.ok) return auto
    let hasOther = false
    for (const question of otherQuestions) {
      const answer = await run(macosProxyCommands.readOther(question, service))
      if (!answer.ok) return answer
      hasOther ||= /^(?:Enabled: Yes|Auto Proxy Discovery: On)$/mu.test(answer.value)
    }
    const url = /^URL: (.*)$/mu.exec(auto.value)?.[1]?.trim() ?? ''
    return ok({
      service,
      url: url === '(null)' ? '' : url,
      isEnabled: /^Enabled: Yes$/mu.test(auto.value),
      hasOther,
    })
  }

  const readAll = async (): Promise<Result<readonly ServiceState[]>> => {
    const listed = await run(macosProxyCommands.services())
    if (!listed.ok) return listed
    const states: ServiceState[] = []
    for (const service of parseServices(listed.value)) {
      const state = await readService(service)
      if (!state.ok) return state
      states.push(state.value)
    }
    return ok(states)
  }

  return {
    async read() {
      const states = await readAll()
      return states.ok ? ok(judge(states.value)) : states
    },
    async set(pacUrl) {
      const listed = await run(macosProxyCommands.services())
      if (!listed.ok) return listed
      for (const service of parseServices(listed.value)) {
        const set = await run(macosProxyCommands.set(service, pacUrl))
        if (!set.ok) return set
      }
      return ok(undefined)
    },
    async restore(memory, pacUrl) {
      const states = await readAll()
      if (!states.ok) return states
      for (const { service, url } of states.value) {
        if (url !== pacUrl) continue
        const before = memory[service] ?? ''
        // Setting an address also switches it on, so off comes last. macOS keeps the last address.
        const back = before === '' ? ok('') : await run(macosProxyCommands.set(service, before))
        const off = back.ok ? await run(macosProxyCommands.enable(service, 'off')) : back
        if (!off.ok) return off
      }
      return ok(undefined)
    },
    watchdog: () => undefined,
  }
}

/** Names of services, without the heading. A star marks services that are switched off. */
function parseServices(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '' && !line.startsWith('*'))
}

function judge(states: readonly ServiceState[]): Reading {
  const enabled = states.filter(({ isEnabled }) => isEnabled)
  const urls = new Set(enabled.map(({ url }) => url))
  const [first] = urls
  const withOther = states.find(({ hasOther }) => hasOther)
  if (withOther !== undefined) {
    return { kind: 'other', current: `a proxy of the network ${withOther.service}` }
  }
  if (urls.size > 1) return { kind: 'other', current: [...urls].join(', ') }
  if (first === undefined) {
    const memory: Memory = Object.fromEntries(states.map(({ service, url }) => [service, url]))
    return { kind: 'none', memory }
  }
  return { kind: 'pac', url: first }
}
