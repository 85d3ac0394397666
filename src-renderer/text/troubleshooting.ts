/** Why a name may not open although all is well here, by platform. `{name}` is a name to try. */
type Platform = 'linux' | 'darwin' | 'win32'

export interface Trouble {
  readonly id: string
  readonly symptom: string
  readonly cause: string
  /** What to do, one thing after another. */
  readonly steps: readonly string[]
  readonly commands?: Partial<Readonly<Record<Platform, string>>>
  /** Absent: everywhere. */
  readonly platforms?: readonly Platform[]
}

const troubles: readonly Trouble[] = [
  {
    id: 'search',
    symptom: 'The browser searches the web for the name',
    cause: 'It does not know the ending .nostr, so it takes the name for words to search.',
    steps: ['Type http:// before the name and a / after it: http://name.nostr/'],
  },
  {
    id: 'secure-dns',
    symptom: 'The browser finds nothing, while other programs do',
    cause:
      'Its “secure DNS” asks a company on the internet and bypasses this computer. Nostr DNS never edits the settings of other programs.',
    steps: [
      'Chrome, Edge, Brave: Settings, Privacy and security, Security, “Use secure DNS”: choose “Use your current service provider”, or turn it off.',
      'Firefox: Settings, Privacy & Security, DNS over HTTPS: choose “Default protection” or “Off”, or press “Manage exceptions” and add nostr, pkarr and key. The same in about:config is network.trr.excluded-domains.',
      'Firefox with “Increased protection” asks this computer only second: it works, but the names you look up are shown to the other company first.',
    ],
  },
  {
    id: 'first-try',
    symptom: 'It fails right after it was turned on',
    cause: 'Programs remember for a while that a name did not exist.',
    steps: [
      'Wait a minute, or empty their memory: chrome://net-internals/#dns in Chrome, about:networking#dns in Firefox.',
      'The memory of the system is emptied by:',
    ],
    commands: {
      linux: 'resolvectl flush-caches',
      darwin: 'sudo dscacheutil -flushcache; sudo killall -HUP mDNSResponder',
      win32: 'Clear-DnsClientCache',
    },
  },
  {
    id: 'dig',
    symptom: 'dig or nslookup finds nothing, while browsers do',
    cause: 'These two ask a name server directly and skip the part of the system set up here.',
    steps: ['Ask the way programs do:'],
    commands: {
      linux: 'getent hosts {name}',
      darwin: 'dscacheutil -q host -a name {name}',
      win32: 'Resolve-DnsName {name}',
    },
  },
  {
    id: 'vpn',
    symptom: 'It works, and stops when a VPN is connected',
    cause: 'Some VPNs take over all names of the computer.',
    steps: [
      'Press “Check again” while the VPN is connected.',
      'If it says that it does not work, exclude .nostr in the VPN’s own settings (“split DNS”), or disconnect it for these names.',
    ],
  },
  {
    id: 'ip-tracking',
    symptom: 'Odd failures in some networks, or in Safari only',
    cause: '“Limit IP address tracking” and iCloud Private Relay send names elsewhere.',
    steps: [
      'System Settings, Network, your network, Details: turn off “Limit IP address tracking”.',
      'System Settings, your name, iCloud, Private Relay: turn it off, or off for this network.',
    ],
    platforms: ['darwin'],
  },
  {
    id: 'port',
    symptom: 'Installed, but no question ever arrives',
    cause: 'A few versions of macOS were reported not to use the port that is written.',
    steps: [
      'Press “Check again”: it sends a real question and says whether it came back.',
      'If it did not, please report your exact version of macOS.',
    ],
    platforms: ['darwin'],
  },
  {
    id: 'port-53',
    symptom: 'Port 53 is taken',
    cause:
      'Internet Connection Sharing, WSL 2, Hyper-V or Docker may hold port 53, which Windows insists on.',
    steps: [
      'See who holds it with the command below, and turn sharing off if you do not need it.',
      'If WSL no longer starts while Nostr DNS runs, press “Undo…” here.',
    ],
    commands: { win32: 'Get-Process -Id (Get-NetUDPEndpoint -LocalPort 53).OwningProcess' },
    platforms: ['win32'],
  },
  {
    id: 'policy',
    symptom: 'Written, but without effect on a work computer',
    cause: 'Rules of your organisation replace all local ones, even when they are empty.',
    steps: [
      'Ask the people who look after the computer to add a rule for .nostr to 127.0.0.1. This shows what is in force:',
    ],
    commands: { win32: 'Get-DnsClientNrptPolicy -Effective' },
    platforms: ['win32'],
  },
  {
    id: 'containers',
    symptom: 'Docker, Flatpak or a single static program does not find the names',
    cause:
      'They read the list of name servers themselves and skip the part of the system set up here.',
    steps: [
      'This cannot be set up from here. Let the program ask 127.0.0.1 on the port shown on the Overview, if it can.',
    ],
    platforms: ['linux'],
  },
  {
    id: 'https',
    symptom: 'The name opens with http, but https shows a warning',
    cause: 'Certificate companies cannot vouch for names that belong to keys.',
    steps: ['Turn on HTTPS trust: Certificates screen, “This computer”.'],
  },
  {
    id: 'uninstalled',
    symptom: 'Nostr DNS is to be removed',
    cause:
      'The packages put everything back by themselves; a program that is dragged to the bin cannot.',
    steps: [
      'Press “Undo…” before you remove it. If you forget: what is left concerns these endings only, and all other names go on working.',
    ],
  },
]

export const troubleshootingText = {
  title: 'If a name does not open',
  subtitle: 'What most often stands in the way on this kind of computer.',
  command: 'command',
  example: 'name.nostr',
  /** Those that can happen on `platform`. */
  on: (platform: Platform): readonly Trouble[] =>
    troubles.filter(({ platforms }) => platforms?.includes(platform) ?? true),
} as const
