/** Texts of the frame around every screen, and of the shared pieces. */
export const shellText = {
  appName: 'Nostr DNS',
  documentTitle: (screen: string) => `${screen} – Nostr DNS`,
  navigation: 'Screens',
  screens: {
    overview: 'Overview',
    names: 'Names',
    certificates: 'Certificates',
    publish: 'Publish',
    keys: 'Keys',
    pkarr: 'PKARR',
    settings: 'Settings',
  },
  version: (version: string) => `Version ${version}`,
  loading: 'Loading…',
  close: 'Close',
  closeDetails: 'Close the details',
  cancel: 'Cancel',
  undo: 'Undo',
  copy: 'Copy',
  copyWhat: (what: string) => `Copy ${what}`,
  copied: 'Copied',
  tryAgain: 'Try again',
  notifications: 'Messages',
  dismiss: 'Dismiss message',
  unknown: '–',
  skipToContent: 'Skip to content',
  moreActions: (what: string) => `More actions for ${what}`,
  resolutionShort: {
    on: 'On',
    off: 'Off',
    problem: 'Needs attention',
    starting: 'Starting…',
    unavailable: 'Not running',
  },
  engine: {
    starting: { title: 'Starting…', detail: 'Opening the store and the DNS ports.' },
    restarting: {
      title: 'Restarting after a fault',
      detail:
        'The part of Nostr DNS that answers names stopped and is being restarted. Nothing you saved is lost.',
    },
    stopped: {
      title: 'Nostr DNS is stopped',
      detail: 'Names ending in .nostr are not answered now.',
    },
    failed: {
      title: 'Nostr DNS could not start',
      detail:
        'It was tried several times. Quit from the tray and open it again; if that does not help, the documentation says where the log is.',
    },
  },
  stale: 'What you see below is from before.',
  gone: {
    title: 'Nothing to show',
    text: 'Names, keys and relays appear again as soon as Nostr DNS runs.',
  },
  sync: {
    title: 'The state shown may be old',
    retrying: 'Trying again by itself.',
  },
  quit: 'Quit Nostr DNS',
  openDocs: 'Open the documentation',
  crashed: {
    title: 'This screen ran into a fault',
    detail: 'Your names and keys are not affected. Open another screen, or try this one again.',
  },
} as const
