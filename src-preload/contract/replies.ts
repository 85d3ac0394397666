import type { Problem } from '../../src-main/env/errors.ts'
import type { CallArgument, CallName, RendererCall } from './calls.ts'
import type {
  AddressReport,
  CheckReport,
  Delta,
  Identity,
  OwnCertificateView,
  PublishReport,
  ResolveReport,
  Snapshot,
  TrustView,
} from './model.ts'
import type {
  PkarrEndpointView,
  PkarrIdentity,
  PkarrMeasure,
  PkarrPublishReport,
  PkarrZoneView,
} from './pkarr-model.ts'
import type { SystemPlan, SystemView } from './system-model.ts'

/** What each call of `calls.ts` answers with when it succeeds. */
export interface Replies {
  'state.snapshot': Snapshot
  'resolver.setEnabled': { readonly enabled: boolean }
  'names.resolve': ResolveReport
  'names.refresh': null
  'names.forget': null
  'petnames.set': null
  'petnames.remove': null
  'nip05.acceptKey': null
  'publish.detectAddress': AddressReport
  'publish.address': PublishReport
  'publish.records': PublishReport
  'publish.zone': readonly PublishReport[]
  'publish.withdraw': PublishReport
  'publish.undoWithdraw': PublishReport
  'publish.republish': readonly PublishReport[]
  'trust.enable': TrustView
  'trust.disable': TrustView
  'trust.install': TrustView
  'trust.remove': TrustView
  'trust.setSystemProxy': TrustView
  'trust.rotate': TrustView
  'trust.exportRoot': { readonly pem: string }
  'nostrWindow.prepare': { readonly proxyPort: number }
  /** `html` is the page that explains why not. */
  'nostrWindow.judge': { readonly allowed: boolean; readonly html?: string }
  'certificates.check': CheckReport
  'certificates.export': { readonly pem: string }
  'certificates.forget': null
  'ownCertificates.create': OwnCertificateView
  'ownCertificates.publish': PublishReport
  'ownCertificates.staple': { readonly certificatePem: string }
  'ownCertificates.renew': OwnCertificateView
  'ownCertificates.rotate': OwnCertificateView
  'ownCertificates.remove': null
  'ownCertificates.withdraw': PublishReport
  'system.look': SystemView
  'system.plan': SystemPlan
  'system.install': SystemView
  'system.uninstall': SystemView
  'pkarr.create': PkarrIdentity
  'pkarr.import': PkarrIdentity
  'pkarr.export': { readonly text: string }
  'pkarr.rename': PkarrIdentity
  'pkarr.remove': null
  'pkarr.undoRemove': PkarrIdentity
  'pkarr.resolve': PkarrZoneView
  'pkarr.endpoints': readonly PkarrEndpointView[]
  'pkarr.measure': PkarrMeasure
  'pkarr.publish': PkarrPublishReport
  'pkarr.republish': readonly PkarrPublishReport[]
  'pkarr.follow': null
  'pkarr.forget': null
  'keys.create': Identity
  'keys.import': Identity
  'keys.importRemote': Identity
  'keys.export': { readonly text: string }
  'keys.rename': Identity
  'keys.setDefault': Identity
  'keys.remove': null
  'keys.undoRemove': Identity
  'keys.unlock': null
  'keys.lock': null
  'settings.update': null
  'engine.stop': null
}

/** Every call answers with a value or a Problem; it never throws across a process border. */
export type Reply<C extends CallName> =
  | { readonly ok: true; readonly value: Replies[C] }
  | { readonly ok: false; readonly error: Problem }

/** How any front end (CLI over the socket, shell over the message port) talks to an engine. */
export interface EngineClient {
  call<C extends CallName>(name: C, argument: CallArgument<C>): Promise<Reply<C>>
  onDelta(listener: (delta: Delta) => void): () => void
}

/** State of the engine process as the shell sees it, for the window and the tray. */
export type EngineProcessState = 'starting' | 'running' | 'restarting' | 'stopped' | 'failed'

/** What the shell itself can do for the window; secrets stay on the shell's side. */
export interface ShellBridge {
  /**
   * Opens a `.nostr` address in a window of its own that checks pins itself. Text that is no such
   * address is told to the user and opens nothing.
   */
  openNostrWindow(address: string): Promise<void>
  /** Reads a secret key from the clipboard or a chosen file in the main process, and clears the clipboard. */
  importKey(options: {
    source: 'clipboard' | 'file'
    label: string
    password?: string
  }): Promise<{ ok: true; value: Identity } | { ok: false; error: Problem }>
  /** Asks for confirmation in a native dialog, then writes a 0600 file the user chooses, or the clipboard. */
  exportKey(options: {
    pubkey: string
    form: 'nsec' | 'ncryptsec'
    target: 'clipboard' | 'file'
    password?: string
  }): Promise<{ ok: true; value: { where: string } } | { ok: false; error: Problem }>
  /** As `importKey`, for the seed of a PKARR key: 64 hex digits or 52 z-base-32 characters. */
  importPkarrSeed(options: {
    source: 'clipboard' | 'file'
    label: string
  }): Promise<{ ok: true; value: PkarrIdentity } | { ok: false; error: Problem }>
  /** As `exportKey`, for the seed of a PKARR key. */
  exportPkarrSeed(options: {
    /** The public key: 52 z-base-32 characters. */
    key: string
    form: 'hex' | 'z32'
    target: 'clipboard' | 'file'
  }): Promise<{ ok: true; value: { where: string } } | { ok: false; error: Problem }>
  copyText(text: string): Promise<void>
  /** Opens one of the project's own documentation pages in the user's browser. */
  openDocs(): Promise<void>
  quit(): Promise<void>
}

/** `window.nostrDns`: everything the renderer can reach. */
export interface RendererApi {
  readonly platform: 'linux' | 'darwin' | 'win32'
  call<C extends RendererCall>(name: C, argument: CallArgument<C>): Promise<Reply<C>>
  onDelta(listener: (delta: Delta) => void): () => void
  engineState(): Promise<EngineProcessState>
  /** Why the engine's state is `failed`. */
  engineProblem(): Promise<Problem | undefined>
  onEngineState(listener: (state: EngineProcessState) => void): () => void
  /**
   * The tray or a link asks the window to show a screen; with `names`, `entryId` names the row whose
   * details to open. That row may arrive after the message.
   */
  onNavigate(listener: (screen: string, entryId?: string) => void): () => void
  readonly shell: ShellBridge
}
