import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import type { TrustTargetView, TrustView } from '../../src-preload/contract/model.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { fail, ok, toProblem, type Result } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import type { Service } from '../env/service.ts'
import type { ProxySetting, ProxySettingState, TrustStores } from '../host/trust-target.ts'
import type { LocalAuthority } from '../trust/local-authority.ts'
import type { ProxyStatus, Terminator } from '../trust/terminator.ts'
import type { RunSettings } from './run-settings.ts'

interface TrustServiceDeps {
  readonly settings: RunSettings
  readonly health: Health
  readonly authority: LocalAuthority
  readonly stores: TrustStores
  readonly proxySetting: ProxySetting
  readonly createTerminator: (port: number) => Terminator
  /** Called with each terminator that starts, to follow what it sees. */
  readonly onTerminator: (terminator: Terminator) => Unsubscribe
  /**
   * Leads names whose owner pins a certificate to these addresses of this computer, where the
   * transparent mode listens; to none: they keep their own.
   */
  readonly steer: (addresses: readonly string[]) => void
  /** Whether this process serves at all. */
  readonly serve: boolean
}

/** HTTPS trust as a whole: authority, proxy, trust stores and proxy setting, switched together. */
export interface TrustServices extends Service {
  view(): TrustView
  terminator(): Terminator | undefined
  enable(): Promise<Result<TrustView>>
  disable(): Promise<Result<TrustView>>
  install(targetId: string): Promise<Result<TrustView>>
  remove(targetId: string): Promise<Result<TrustView>>
  setSystemProxy(enabled: boolean): Promise<Result<TrustView>>
  rotate(): Promise<Result<TrustView>>
  exportRoot(): Result<{ readonly pem: string }>
  onChange(listener: () => void): Unsubscribe
}

/** Ports browsers are sent to: above the registered ones, below those systems hand out themselves. */
const lowestPort = 20_000
const highestPort = 32_000

const offProxy: ProxyStatus = { state: 'off', port: 0, pacUrl: '', connections: 0 }

export function createTrustServices(env: Env, deps: TrustServiceDeps): TrustServices {
  const { settings, authority, stores, proxySetting } = deps
  const log = env.log.child('trust')
  const listeners = new Set<() => void>()
  let terminator: Terminator | undefined
  let unfollow: Unsubscribe | undefined
  let targets: readonly TrustTargetView[] = []
  let proxyState: ProxySettingState = { state: 'none' }
  let subscriptions: Unsubscribe[] = []
  let isTransparent = false
  /** Whether the desktop was pointed at the proxy in this run. */
  let isPointed = false
  let queue: Promise<unknown> = Promise.resolve()

  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const proxy = (): ProxyStatus => terminator?.status() ?? offProxy

  const view = (): TrustView => {
    const current = authority.current()
    const transparent = terminator?.transparent()
    return {
      proxy: proxy(),
      ...(transparent === undefined ? {} : { transparent }),
      targets,
      systemProxy: systemProxyView(proxyState),
      ...(current === undefined
        ? {}
        : {
            authority: {
              commonName: current.commonName,
              rootSha256: current.rootSha256,
              validTo: current.validTo,
              createdAtMs: current.createdAtMs,
              protection: current.protection,
            },
          }),
    }
  }

  /** Looks at every store and at the proxy setting again. */
  const look = async (): Promise<void> => {
    const root = authority.current()
    const found = await stores.targets()
    targets = await Promise.all(
      found.map(async (target): Promise<TrustTargetView> => {
        if (root === undefined) return { ...target, state: 'missing' }
        const state = await stores.check(target, root.rootPem)
        return { ...target, ...state }
      }),
    )
    proxyState = await proxySetting.read(proxy().pacUrl)
    changed()
  }

  /** Names lead here only while somebody listens. */
  const setTransparent = async (isWanted: boolean): Promise<void> => {
    if (terminator === undefined || isWanted === isTransparent) return
    isTransparent = isWanted
    if (!isWanted) deps.steer([])
    const { addresses } = await terminator.setTransparent(isWanted)
    if (isWanted) deps.steer(addresses)
  }

  const startProxy = async (): Promise<void> => {
    if (terminator !== undefined) return
    const port = settings.get().trust.proxyPort
    const started = deps.createTerminator(port)
    await started.start()
    terminator = started
    unfollow = deps.onTerminator(started)
    log.info('proxy', { state: started.status().state, port })
    await setTransparent(settings.get().trust.transparent)
  }
  const stopProxy = async (): Promise<void> => {
    await setTransparent(false)
    unfollow?.()
    unfollow = undefined
    await terminator?.stop()
    terminator = undefined
  }

  /** Tidies up after a crash, then points the desktop at the proxy again if that is wanted. */
  const pointDesktop = async (): Promise<void> => {
    const { state, pacUrl } = proxy()
    const isListening = state === 'listening'
    const repaired = await proxySetting.repair(isListening ? pacUrl : undefined)
    if (!repaired.ok) log.warn('the proxy setting was not repaired', { ...repaired.error })
    if (!isListening || !settings.get().trust.systemProxy) return
    const set = await proxySetting.set(pacUrl)
    isPointed = set.ok
    if (!set.ok) log.warn('the proxy setting was not made', { ...set.error })
  }
  /** A proxy setting that points at nothing would leave every `.nostr` page unexplained. */
  const releaseDesktop = async (): Promise<void> => {
    const { pacUrl } = proxy()
    if (pacUrl === '') return
    const { state } = await proxySetting.read(pacUrl)
    if (isPointed && (state === 'none' || state === 'other')) {
      // The user chose otherwise in the desktop's own settings meanwhile, which counts from now on.
      await settings.update({ trust: { systemProxy: false } })
    }
    if (!isPointed && state !== 'ours') return
    const restored = await proxySetting.restore()
    if (!restored.ok) log.warn('the proxy setting was not restored', { ...restored.error })
  }

  /** Changes are made one after the other; each ends with a fresh look at what is true now. */
  const change = (work: () => Promise<Result<unknown>>): Promise<Result<TrustView>> => {
    const run = queue.then(async (): Promise<Result<TrustView>> => {
      const result = await work()
      await look()
      return result.ok ? ok(view()) : result
    })
    queue = run.catch(() => undefined)
    return run
  }

  const followSettings = (): void => {
    const { transparent } = settings.get().trust
    if (terminator === undefined || transparent === isTransparent) return
    queue = queue
      .then(() => setTransparent(transparent))
      .then(changed)
      .catch((error: unknown) => log.error('the transparent mode could not be changed', { error }))
  }

  const rootPem = (): Result<string> => {
    const current = authority.current()
    return current === undefined
      ? fail('trust.off', 'HTTPS trust is off.', 'Turn it on first.')
      : ok(current.rootPem)
  }

  /** Replaced authorities whose time is over leave the stores, and only then their keys go. */
  const retire = async (): Promise<void> => {
    const isDue = authority.retiring().some(({ removeAtMs }) => removeAtMs <= env.clock.nowMs())
    if (!isDue) return
    const retired = await change(async () => {
      for (const { rootSha256, removeAtMs } of authority.retiring()) {
        if (removeAtMs > env.clock.nowMs()) continue
        for (const target of await stores.targets()) {
          const removed = await stores.remove(target, rootSha256)
          if (!removed.ok) return removed
        }
        const destroyed = await authority.destroy(rootSha256)
        if (!destroyed.ok) return destroyed
      }
      return ok(undefined)
    })
    if (!retired.ok) log.warn('a replaced authority could not be removed', { ...retired.error })
  }

  return {
    view,
    terminator: () => terminator,
    enable: () =>
      change(async () => {
        if (authority.current() === undefined) {
          const created = await authority.create(hostname())
          if (!created.ok) return created
        }
        const { proxyPort } = settings.get().trust
        const port = proxyPort === 0 ? randomInt(lowestPort, highestPort) : proxyPort
        const saved = await settings.update({ trust: { enabled: true, proxyPort: port } })
        if (!saved.ok) return saved
        if (deps.serve) await startProxy()
        return ok(undefined)
      }),
    disable: () =>
      change(async () => {
        const restored = await proxySetting.restore()
        if (!restored.ok) return restored
        isPointed = false
        // Browsers first: once the key is gone, a root left behind would only confuse.
        const removed = await stores.removeAll()
        if (!removed.ok) return removed
        await stopProxy()
        // One that was prepared and never took over has a key, too.
        const kept = [authority.current(), authority.prepared(), ...authority.retiring()]
        for (const { rootSha256 } of kept.flatMap((facts) => facts ?? [])) {
          const destroyed = await authority.destroy(rootSha256)
          if (!destroyed.ok) return destroyed
        }
        return settings.update({ trust: { enabled: false, systemProxy: false } })
      }),
    install: (targetId) =>
      change(async () => {
        const pem = rootPem()
        if (!pem.ok) return pem
        const target = (await stores.targets()).find(({ id }) => id === targetId)
        return target === undefined ? unknownTarget() : stores.install(target, pem.value)
      }),
    remove: (targetId) =>
      change(async () => {
        const current = authority.current()
        const target = (await stores.targets()).find(({ id }) => id === targetId)
        if (target === undefined || current === undefined) return unknownTarget()
        return stores.remove(target, current.rootSha256)
      }),
    setSystemProxy: (enabled) =>
      change(async () => {
        if (!enabled) {
          isPointed = false
          const saved = await settings.update({ trust: { systemProxy: false } })
          return saved.ok ? proxySetting.restore() : saved
        }
        const status = proxy()
        if (status.state !== 'listening') {
          return fail(
            'trust.proxy-off',
            'The proxy is not running, so nothing may point at it.',
            'Turn HTTPS trust on first.',
          )
        }
        const set = await proxySetting.set(status.pacUrl)
        isPointed = set.ok
        return set.ok ? settings.update({ trust: { systemProxy: true } }) : set
      }),
    rotate: () =>
      change(async () => {
        const before = authority.current()
        if (before === undefined) return rootPem()
        const next = await authority.prepareRotation(hostname())
        if (!next.ok) return next
        // Every store that trusts the old root must trust the new one before it issues.
        for (const target of await stores.targets()) {
          const held = await stores.check(target, before.rootPem)
          if (held.state !== 'installed') continue
          const installed = await stores.install(target, next.value.rootPem)
          if (!installed.ok) return installed
        }
        return authority.activate(next.value.rootSha256)
      }),
    exportRoot() {
      const pem = rootPem()
      return pem.ok ? ok({ pem: pem.value }) : pem
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async start() {
      subscriptions = [
        authority.onChange(() => {
          changed()
          void retire()
        }),
        settings.onChange(followSettings),
      ]
      if (!deps.serve) return
      if (settings.get().trust.enabled) await startProxy()
      await pointDesktop()
      // Looking into browsers' stores takes seconds; names must resolve meanwhile.
      queue = look().catch((error: unknown) => {
        log.warn('trust stores could not be read', { code: toProblem(error).code, error })
      })
    },
    async stop() {
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe()
      await queue
      await releaseDesktop()
      await stopProxy()
    },
  }
}

function systemProxyView(state: ProxySettingState): TrustView['systemProxy'] {
  switch (state.state) {
    case 'other':
      return { state: 'other', detail: state.current, merge: state.merge }
    case 'unsupported':
      return { state: 'unsupported', detail: state.reason }
    case 'ours':
    case 'none':
      return { state: state.state }
  }
}

function unknownTarget(): Result<never> {
  return fail('trust.unknown-target', 'That browser or store is not there any more.')
}
