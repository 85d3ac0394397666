/** What the engine said about the servers that one session of the `.nostr` window met. */
import type { Snapshot } from '../../src-preload/contract/model.ts'
import type { EngineProcess } from './engine-process.ts'
import type { NostrAddress } from './nostr-address.ts'
import { notAskedPage } from './not-asked-page.ts'

export interface NostrVerdicts {
  /** Whether the certificate `der` (base64) of `host` may be accepted; `port` is the page's own. */
  judge(host: string, port: number, der: string): Promise<boolean>
  /** The page that says why `address` cannot be shown. */
  explain(address: NostrAddress): Promise<string>
  /** False once something was refused: Chromium remembers that for as long as the session lives. */
  isClean(): boolean
  /** Asks again about everything accepted. */
  stillStand(): Promise<boolean>
  /** Changes when something that could change a verdict is known of a host accepted here. */
  evidence(snapshot: Snapshot): string
}

interface Accepted {
  readonly domain: string
  readonly port: number
  readonly der: string
}

export function createNostrVerdicts(engine: Pick<EngineProcess, 'call'>): NostrVerdicts {
  const accepted = new Map<string, Accepted>()
  const refused = new Map<string, string>()
  let isClean = true

  const ask = async (question: Accepted): Promise<string | undefined> => {
    const reply = await engine.call('nostrWindow.judge', question)
    if (!reply.ok) return notAskedPage(question.domain, reply.error)
    const { allowed, html } = reply.value
    return allowed ? undefined : (html ?? '')
  }

  return {
    async judge(host, port, der) {
      const question: Accepted = { domain: host.toLowerCase(), port, der }
      const page = await ask(question)
      if (page === undefined) {
        accepted.set(`${question.domain} ${der}`, question)
        refused.delete(question.domain)
        return true
      }
      isClean = false
      refused.set(question.domain, page)
      return false
    },
    async explain({ domain, port }) {
      isClean = false
      const known = refused.get(domain)
      if (known !== undefined) return known
      const reply = await engine.call('nostrWindow.judge', { domain, port })
      if (!reply.ok) return notAskedPage(domain, reply.error)
      return reply.value.html ?? ''
    },
    isClean: () => isClean,
    async stillStand() {
      const pages = await Promise.all([...accepted.values()].map(ask))
      return pages.every((page) => page === undefined)
    },
    evidence(snapshot) {
      const domains = new Set([...accepted.values()].map(({ domain }) => domain))
      const certificates = snapshot.certificates
        .filter(({ domain }) => domains.has(domain))
        .map(({ id, state, pins }) => [id, state, pins])
      const names = snapshot.names
        .filter(({ npub }) => [...domains].some((domain) => domain.includes(npub)))
        .map(({ id, eventIds }) => [id, eventIds])
      return JSON.stringify([certificates, names])
    },
  }
}
