/** Builds `window.nostrDns`: functions only, frozen, with no Electron object within reach of the page. */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'
import { channels } from './contract/channels.ts'
import type { Delta } from './contract/model.ts'
import type { EngineProcessState, RendererApi, ShellBridge } from './contract/replies.ts'

function listen<A extends readonly unknown[]>(
  channel: string,
  listener: (...message: A) => void,
): () => void {
  // Electron's event carries `sender`, which could send on any channel: the page never gets it.
  const onMessage = (_event: IpcRendererEvent, ...message: unknown[]): void =>
    // The shell sends what the contract says on each channel.
    listener(...(message as unknown as A))
  ipcRenderer.on(channel, onMessage)
  return () => void ipcRenderer.off(channel, onMessage)
}

const platform = process.platform
const { shell } = channels

const bridge: ShellBridge = {
  openNostrWindow: (address) => ipcRenderer.invoke(shell.openNostrWindow, address),
  importKey: (options) => ipcRenderer.invoke(shell.importKey, options),
  exportKey: (options) => ipcRenderer.invoke(shell.exportKey, options),
  importPkarrSeed: (options) => ipcRenderer.invoke(shell.importPkarrSeed, options),
  exportPkarrSeed: (options) => ipcRenderer.invoke(shell.exportPkarrSeed, options),
  copyText: (text) => ipcRenderer.invoke(shell.copyText, text),
  openDocs: () => ipcRenderer.invoke(shell.openDocs),
  quit: () => ipcRenderer.invoke(shell.quit),
}

const api: RendererApi = {
  platform: platform === 'darwin' || platform === 'win32' ? platform : 'linux',
  call: (name, argument) => ipcRenderer.invoke(channels.call, name, argument),
  onDelta: (listener) => listen<[Delta]>(channels.delta, listener),
  engineState: () => ipcRenderer.invoke(channels.engineState),
  engineProblem: () => ipcRenderer.invoke(channels.engineProblem),
  onEngineState: (listener) => listen<[EngineProcessState]>(channels.engineStateChanged, listener),
  onNavigate: (listener) => listen<[string, string?]>(channels.navigate, listener),
  shell: Object.freeze(bridge),
}

contextBridge.exposeInMainWorld('nostrDns', Object.freeze(api))
