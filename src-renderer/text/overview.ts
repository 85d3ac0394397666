import { formatList, formatSpan, plural } from './format.ts'

/** Texts of the Overview screen. */
export const overviewText = {
  title: 'Overview',
  switchLabel: 'Answer .nostr names',
  status: {
    starting: { title: 'Starting…', line: 'The state is not known yet.' },
    restarting: { title: 'Restarting…', line: 'No names are answered for a moment.' },
    unavailable: { title: 'Not running', line: 'No names are answered at the moment.' },
    turningOn: { title: 'Turning on…', line: 'Waiting for the engine to confirm.' },
    turningOff: { title: 'Turning off…', line: 'Waiting for the engine to confirm.' },
    off: {
      title: 'Off',
      line: 'Names ending in .nostr are not answered. Ordinary names still are.',
    },
    broken: {
      title: 'On, but not answering',
      line: 'None of the DNS ports could be opened. The list below says why.',
    },
    degraded: (failed: string, where: string) => ({
      title: 'On, with a problem',
      line: `Answering on ${where}, but not for ${failed}: see below.`,
    }),
    offline: (where: string) => ({
      title: 'On, but offline',
      line: `Answering on ${where}. No relay can be reached, so only names seen before are known.`,
    }),
    on: (where: string) => ({ title: 'On', line: `Answering .nostr names on ${where}.` }),
    where: (address: string, port: number) => `${address}, port ${port}`,
  },
  health: {
    title: 'Needs your attention',
    since: (relative: string) => `since ${relative}`,
    severity: { error: 'Error', warning: 'Warning', info: 'Note' },
  },
  counters: {
    title: 'Questions answered',
    queries: 'Questions',
    managed: '.nostr',
    forwarded: 'Forwarded',
    cacheHits: 'From memory',
    refused: 'Refused',
    failures: 'Failed',
    since: (span: string) => `Since the start, ${span} ago`,
    sparkline: (total: number, peak: number) =>
      `Last minute: ${plural(total, 'question', 'questions')}, at most ${peak} in one second`,
    lastMinute: 'Last 60 seconds',
    peak: (perSecond: number) => `peak ${perSecond}/s`,
    quiet: 'no questions',
  },
  listeners: {
    title: 'Where programs ask',
    names: { proxy: 'All names', split: '.nostr only', doh: 'DNS over HTTPS' },
    purpose: {
      proxy: 'Answers .nostr itself and passes everything else on.',
      split: 'Answers .nostr and refuses the rest; for systems that send only .nostr here.',
      doh: 'For browsers and programs that ask over HTTPS.',
    },
    state: { listening: 'Listening', off: 'Off', failed: 'Failed' },
    wanted: (wanted: number, got: number) =>
      `Port ${wanted} was taken by another program, so ${got} is used.`,
    engine: {
      batched: 'Batched sockets: many questions per system call.',
      portable: 'Portable sockets.',
    },
    protocols: (protocols: readonly string[]) =>
      formatList(protocols.map((name) => name.toUpperCase())),
    empty: 'No ports are open.',
  },
  upstreams: {
    title: 'Where other names are asked',
    state: { ok: 'Working', failing: 'Failing', unused: 'Not needed yet' },
    empty: 'No upstream resolver is set, so ordinary names are not answered here.',
  },
  relays: {
    title: 'Relays',
    subtitle: 'Signed records are fetched from these and checked here; no relay is trusted.',
    columns: {
      relay: 'Relay',
      state: 'State',
      latency: 'Answers in',
      accepted: 'Accepted',
      rejected: 'Rejected',
      error: 'Last error',
    },
    acceptedHint: 'Events whose id and signature were checked and found right.',
    rejectedHint:
      'Events thrown away: bad signature or id, wrong author or kind, too large, or from the future.',
    state: {
      connected: 'Connected',
      connecting: 'Connecting…',
      waiting: 'Waiting to retry',
      idle: 'Idle',
    },
    origin: {
      default: 'default',
      user: 'yours',
      embedded: 'built in',
      outbox: 'from a key owner',
      indexer: 'index',
      hint: 'hint',
    },
    connectedFor: (seconds: number) => `Connected for ${formatSpan(seconds)}`,
    empty: 'No relays are known yet. They appear when the first name is looked up.',
    offline: 'No relay can be reached. Is this computer online?',
    summary: (connected: number, total: number) => `${connected} of ${total} connected`,
  },
} as const
