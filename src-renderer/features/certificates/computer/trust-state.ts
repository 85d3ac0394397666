import type { TrustTargetView, TrustView } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'

export interface TrustState {
  readonly level: 'off' | 'setup' | 'problem' | 'on'
  readonly title: string
  readonly line: string
}

const { states } = text.trust

/** Where HTTPS trust really stands: switched on, known to a browser, and steered to the proxy are three things. */
export function trustState(trust: TrustView, nowMs: number): TrustState {
  const { authority, proxy, systemProxy } = trust
  if (authority === undefined) return { level: 'off', ...states.off }
  if (authority.validTo * 1000 <= nowMs) return { level: 'problem', ...states.expired }
  if (proxy.state !== 'listening') {
    return { level: 'problem', ...states.proxyFailed(proxy.problem ?? states.proxyOff) }
  }
  const installed = installedIn(trust.targets)
  if (installed.length === 0) return { level: 'setup', ...states.noBrowser }
  if (systemProxy.state === 'none') return { level: 'setup', ...states.noProxySetting }
  if (systemProxy.state === 'other') return { level: 'setup', ...states.otherProxy }
  const titles = installed.map(({ title }) => title)
  // Whether somebody set it by hand in a browser cannot be known; the transparent mode needs none.
  const isSetByHand =
    systemProxy.state === 'unsupported' && trust.transparent?.state !== 'listening'
  return { level: 'on', ...(isSetByHand ? states.byHand(titles) : states.on(titles)) }
}

export function installedIn(targets: readonly TrustTargetView[]): readonly TrustTargetView[] {
  return targets.filter(({ state }) => state === 'installed')
}

/** What stands between a browser and the first page, in the words of the screen; nothing when ready. */
export function missingFor(target: TrustTargetView, trust: TrustView): readonly string[] {
  const { test } = text.trust
  return [
    ...(target.state === 'installed' ? [] : [test.missingTrust]),
    ...(trust.proxy.state === 'listening' ? [] : [test.missingListener]),
    // Where the setting cannot be read, it is made by hand and cannot be missed here.
    ...(target.kind !== 'system' && ['none', 'other'].includes(trust.systemProxy.state)
      ? [test.missingProxy]
      : []),
  ]
}
