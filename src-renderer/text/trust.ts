import { formatList, plural } from './format.ts'

/** Texts about HTTPS trust on this computer: Certificates screen and Overview card. */
export const trustText = {
  title: 'HTTPS trust',
  statusTitle: (state: string) => `HTTPS trust: ${state.charAt(0).toLowerCase()}${state.slice(1)}`,
  states: {
    off: { title: 'Off', line: 'Browsers cannot open https addresses under .nostr.' },
    proxyFailed: (problem: string) => ({ title: 'On, but not working', line: problem }),
    proxyOff: 'The local proxy is not running.',
    expired: {
      title: 'On, but expired',
      line: 'The authority of this computer has expired. Replace it below.',
    },
    noBrowser: {
      title: 'Almost there',
      line: 'No browser trusts this computer’s authority yet.',
    },
    noProxySetting: {
      title: 'Almost there',
      line: 'The system does not send .nostr names to the local proxy yet.',
    },
    otherProxy: {
      title: 'Almost there',
      line: 'This system uses another proxy setting, which was left alone.',
    },
    on: (programs: readonly string[]) => ({
      title: 'On',
      line: `${formatList(programs)} can open https addresses under .nostr.`,
    }),
    byHand: (programs: readonly string[]) => ({
      title: 'On',
      line: `${formatList(programs)} can open https addresses under .nostr once the automatic proxy address is set there.`,
    }),
  },
  mismatches: (count: number) =>
    `${plural(count, 'server shows', 'servers show')} a certificate its owner does not vouch for.`,
  open: 'Set up HTTPS trust',
  manage: 'Manage',
  showServers: 'Show',

  intro: {
    title: 'HTTPS under .nostr, in the browser you already use',
    text: 'Certificate companies cannot vouch for names that belong to keys. Nostr DNS checks each server against what the owner of the name signed, and tells your browser the result.',
    points: {
      scope: {
        title: 'Only names ending in .nostr',
        text: 'The limit is built into the authority, and browsers enforce it. It cannot vouch for your bank, for any other site or for an IP address.',
      },
      key: {
        title: 'The signing key stays on this computer',
        text: 'It is made here and is never sent, logged or shown. The key above it is destroyed right after its one use.',
      },
      undo: {
        title: 'Undo at any time',
        text: 'One button removes it from every browser, restores the proxy setting and destroys the keys.',
      },
    },
  },

  enable: {
    open: 'Turn on HTTPS trust',
    title: 'Turn on HTTPS trust?',
    description:
      'Nostr DNS makes a small certificate authority for this computer alone. This is exactly what it may do:',
    constraints: [
      'It can vouch for names ending in .nostr and for nothing else. The limit is written into both of its certificates as critical: every browser must refuse anything beyond it, and all IP addresses are excluded.',
      'Its signing key is made on this computer and stays here. The root key is destroyed before anything is installed, so nobody can make another authority from it.',
      'A proxy listens on this computer only (127.0.0.1). It accepts nothing but names under .nostr; all your other traffic goes its usual way and never passes through it.',
      'No browser and no setting is changed by this step. You choose each one afterwards.',
      'You can turn it off at any time, and everything is removed.',
    ],
    limit:
      'It does not protect against a program that already runs under your account: such a program can change your browser anyway.',
    confirm: 'Turn on',
    running: 'Turning on HTTPS trust…',
    steps: {
      authority: 'Make the authority, and destroy the root key',
      proxy: 'Open the local proxy',
      targets: 'Look for browsers',
    },
    stepStates: { done: 'done', running: 'in progress', waiting: 'waiting' },
    done: 'HTTPS trust is on',
    doneDetail: 'Choose which browsers may use it.',
  },

  authority: {
    title: 'Authority of this computer',
    name: 'Name',
    fingerprint: 'SHA-256',
    validTo: 'Valid to',
    made: 'Made',
    protection: 'Its key',
    protections: {
      os: 'Kept by your system’s keychain',
      plain:
        'In a file that only your account can read: this system has no keychain that is safe to use',
    },
    scope: 'May vouch for',
    scopeText: 'names ending in .nostr, and nothing else',
    export: 'Export certificate',
    exportTitle: 'Certificate of the authority',
    exportText:
      'For a browser or program that is not listed: import this there by hand. It is public and holds no secret.',
    exportUsage:
      'Import it as an authority for websites only, or save it as a file for curl --cacert.',
    rotate: 'Replace…',
    rotateTitle: 'Replace the authority?',
    rotateText:
      'A new authority is made and installed where the present one is. Servers keep working; the old one is removed after 7 days. Do this if you think somebody else could have read its key.',
    rotateConfirm: 'Replace',
    rotated: 'The authority was replaced',
    rotatedDetail: 'The old one is removed after 7 days. Restart open browsers once.',
    rotateAgain: 'One or more browsers do not have the new one yet: install it below.',
  },

  disable: {
    open: 'Turn off and remove everything…',
    title: 'Turn off HTTPS trust?',
    text: 'These are removed from this computer:',
    items: {
      targets: (titles: readonly string[]) => `The authority, from ${formatList(titles)}`,
      proxySetting: 'The proxy setting of the system; what was there before comes back',
      keys: 'The authority itself, with its keys',
      nothing: 'The certificates of your own servers stay as they are.',
    },
    after: 'Https addresses under .nostr then no longer open in your browsers.',
    confirm: 'Turn off and remove',
    done: 'HTTPS trust is off',
    removedTitle: 'Removed from this computer',
    removedTarget: (title: string) => `The authority, from ${title}`,
    removedProxy: 'The proxy setting of the system',
    removedAuthority: (name: string) => `The authority “${name}” and its keys`,
    leftTitle: 'Some of it could not be removed',
    leftTarget: (title: string) => `${title} still has it`,
    leftProxy: 'The proxy setting of the system is still there',
    leftAuthority: 'The authority itself is still there',
    leftHint: 'Close the program that is named, and turn HTTPS trust off once more.',
    restart: 'Browsers that are open forget it when they are restarted.',
    dismiss: 'Dismiss this report',
  },

  targets: {
    title: 'Browsers and other programs',
    subtitle: 'Each one is changed only when you say so, checked afterwards, and can be undone.',
    empty:
      'No browser was found on this computer. The window of Nostr DNS below works without one.',
    summary: (installed: number, total: number) => `${installed} of ${total} trust it`,
    states: {
      installed: 'Trusts it',
      missing: 'Not yet',
      conflict: 'Conflict',
      unavailable: 'Not possible now',
    },
    privileged: 'Your system asks for the administrator’s password.',
    install: 'Install',
    installIn: (title: string) => `Install in ${title}`,
    remove: 'Remove',
    removeFrom: (title: string) => `Remove from ${title}`,
    retry: 'Try again',
    retryIn: (title: string) => `Try again in ${title}`,
    installed: (title: string) => `${title} trusts it now`,
    restart:
      'A browser that is open while something is installed or removed here learns of it only when it is restarted: close all of its windows once.',
    installedDetail: 'If it is open, restart it once.',
    notInstalled: (title: string) => `${title} does not trust it yet`,
    removed: (title: string) => `Removed from ${title}`,
    notRemoved: (title: string) => `${title} still has it`,
  },

  proxy: {
    title: 'Way to the servers',
    subtitle:
      'Browsers send names under .nostr to a proxy on this computer, which checks the server.',
    local: 'Local proxy',
    states: { listening: 'Listening', off: 'Off', failed: 'Failed' },
    connections: (count: number) => plural(count, 'open connection', 'open connections'),
    pac: 'Automatic proxy address (PAC)',
    setting: 'Proxy setting of the system',
    settingStates: {
      ours: 'Set',
      none: 'Not set',
      other: 'In use by something else',
      unsupported: 'Not possible here',
    },
    settingLines: {
      ours: 'Browsers that follow the system send names under .nostr here, and everything else its usual way.',
      none: 'Browsers do not know yet where to send names under .nostr.',
      other: 'Another proxy setting is in place. It was not touched, and will not be.',
      unsupported: 'On this system, enter the address above by hand in each browser.',
    },
    current: 'In place now',
    set: 'Set it',
    unset: 'Remove it',
    wasSet: 'The proxy setting is in place',
    wasUnset: 'The proxy setting was removed',
    notSet: 'The proxy setting could not be changed',
    merge:
      'To use both, the person who looks after that setting can add these lines to its FindProxyForURL function:',
    mergeLabel: 'Lines to add',
    copyMerge: 'Copy the lines',
    byHand: 'Or enter the automatic proxy address above in one browser only, by hand.',
  },

  test: {
    title: 'Try it',
    subtitle: 'What is still missing in each browser, and two addresses to open there.',
    ready: 'Ready',
    missing: (what: readonly string[]) => `Still missing: ${formatList(what)}`,
    missingTrust: 'the authority',
    missingProxy: 'the proxy setting',
    missingListener: 'the local proxy',
    first:
      'Open this first. If you see text that begins with “function FindProxyForURL”, the proxy can be reached.',
    second: 'Then this. You see the page, or a page that says why not.',
    noServer: 'A server to try appears here after you visit or publish one.',
    command: 'In a terminal, for programs that use the system store:',
    window: 'Open in a window of Nostr DNS',
    windowHint:
      'Checks the certificate by itself. Nothing on this computer has to be changed for it.',
    what: { pac: 'PAC address', server: 'address', command: 'command' },
  },
} as const
