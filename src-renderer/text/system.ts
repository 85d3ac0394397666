import { formatList } from './format.ts'

/** `.nostr, .pkarr and .key`. */
function dotted(suffixes: readonly string[]): string {
  return formatList(suffixes.map((suffix) => `.${suffix}`))
}

/** Texts about what the operating system does with managed names: Overview and Settings. */
export const systemText = {
  title: 'This computer',
  statusTitle: (state: string) =>
    `This computer: ${state.charAt(0).toLowerCase()}${state.slice(1)}`,
  states: {
    unknown: {
      title: 'Not looked at yet',
      line: () => 'How this computer finds names has not been looked at.',
    },
    off: {
      title: 'Off',
      line: (suffixes: readonly string[]) =>
        `Your computer does not open ${dotted(suffixes)} names yet. Only programs that ask Nostr DNS themselves do.`,
    },
    asking: {
      title: 'Waiting for your permission',
      line: () =>
        'Your system asks for the administrator’s password. Cancelling there is safe: nothing is changed then.',
    },
    on: {
      title: 'On',
      line: (suffixes: readonly string[]) =>
        `Every program on this computer opens ${dotted(suffixes)} names. All other names go their usual way.`,
    },
    paused: {
      title: 'Paused',
      line: (suffixes: readonly string[]) =>
        `${dotted(suffixes)} names fail until Nostr DNS answers again. Other sites are unaffected.`,
    },
    'not-working': {
      title: 'Installed, but not working',
      line: () => 'It is written as it should be, yet a test question did not come back.',
    },
    changed: {
      title: 'Changed by someone',
      line: () =>
        'What Nostr DNS wrote here was edited since, or was written with other settings than the present ones.',
    },
    conflict: {
      title: 'Something else is in the way',
      line: () => 'A file that is not ours stands where ours must be. It was not touched.',
    },
    unsupported: {
      title: 'Not possible here',
      line: () =>
        'Nostr DNS cannot set up this system by itself. The window of Nostr DNS still opens .nostr pages.',
    },
  },
  by: (title: string) => `By ${title}.`,
  checked: 'Checked',
  actions: {
    turnOn: 'Turn on…',
    undo: 'Undo…',
    check: 'Check again',
    rewrite: 'Rewrite…',
    restart: 'Answer names again',
    more: 'Details and help',
  },
  isOn: 'Your computer opens these names now',
  isOnDetail: 'In a browser, type http:// before the name and a / after it the first time.',
  isOff: 'Everything was put back as it was',
  attempts: {
    cancelled: {
      install: 'You closed the prompt, so nothing was changed',
      uninstall: 'You closed the prompt, so everything stays as it is',
    },
    'no-prompt': {
      install: 'This system could not ask for your permission',
      uninstall: 'This system could not ask for your permission',
    },
    failed: {
      install: 'It could not be turned on',
      uninstall: 'It could not be undone',
    },
    again: 'Try again whenever you like, or do the same in a terminal:',
    inTerminal: 'Do the same in a terminal:',
    command: 'terminal command',
  },
  plan: {
    title: 'Turn it on for the whole computer?',
    rewriteTitle: 'Write it again?',
    description:
      'Nothing is changed before you agree here and give the administrator’s password to your system. This is exactly what is done then:',
    how: 'By',
    names: 'Names',
    namesText: (suffixes: readonly string[]) =>
      `${dotted(suffixes)}, and no others: every other name goes its usual way, also when Nostr DNS is not running`,
    to: 'Sent to',
    files: 'Files written',
    noFiles: 'No file is written.',
    fileLabel: (path: string) => `Content of ${path}`,
    commands: 'Commands run afterwards',
    noCommands: 'No command is run.',
    undo: 'What Undo does',
    byHand: 'Do it by hand instead',
    byHandText: 'These commands do the same. Run them in a terminal, then press “Check again”.',
    consent: 'I have read this and agree.',
    consentMissing: 'Tick this first, or cancel.',
    confirm: 'Turn on',
    confirmRewrite: 'Rewrite',
    whatIs: 'What was written here',
    whatWouldBe: 'What would be written here',
  },
  undo: {
    title: 'Undo it?',
    text: (suffixes: readonly string[]) =>
      `Your system asks for the administrator’s password, and everything is put back as it was. Programs then no longer open ${dotted(suffixes)} names by themselves.`,
    listTitle: 'This is done:',
    confirm: 'Undo',
  },
  manual: {
    title: 'Set it up by hand',
    text: 'Tell the program that finds names on this computer to ask Nostr DNS for these endings only. For example:',
    steps: {
      dnsmasq: 'dnsmasq, in a file of its own under /etc/dnsmasq.d',
      unbound: 'unbound, in a file of its own under /etc/unbound/unbound.conf.d',
      nixos: 'NixOS, in configuration.nix',
      macos: 'macOS, in a terminal',
      windows: 'Windows, in a PowerShell opened as administrator',
    },
    what: 'these lines',
    window:
      'Without any of this: the button “Open in a window of Nostr DNS” on the Certificates screen opens .nostr pages.',
  },
  suffixes: {
    title: 'Names sent to Nostr DNS',
    text: 'Changing these changes what is written: press “Rewrite…” afterwards if it is on.',
    one: 'At least one ending is needed.',
    names: {
      nostr: '.nostr – names that belong to Nostr keys',
      pkarr: '.pkarr – names that belong to PKARR keys',
      key: '.key – the same, as other PKARR programs write it',
    },
  },
} as const
