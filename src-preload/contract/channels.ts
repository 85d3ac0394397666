/** IPC channel names between the preload script and the shell. `shell.*` are calls of ShellBridge. */
export const channels = {
  /** invoke(name, argument): a call of the engine. */
  call: 'engine.call',
  /** invoke(): EngineProcessState. */
  engineState: 'engine.state',
  /** invoke(): Problem | undefined. */
  engineProblem: 'engine.problem',
  /** Events to the page. */
  delta: 'engine.delta',
  engineStateChanged: 'engine.state-changed',
  navigate: 'window.navigate',
  shell: {
    openNostrWindow: 'shell.open-nostr-window',
    importKey: 'shell.import-key',
    exportKey: 'shell.export-key',
    importPkarrSeed: 'shell.import-pkarr-seed',
    exportPkarrSeed: 'shell.export-pkarr-seed',
    copyText: 'shell.copy-text',
    openDocs: 'shell.open-docs',
    quit: 'shell.quit',
  },
} as const
