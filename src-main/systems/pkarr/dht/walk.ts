import { setMaxListeners } from 'node:events'
import type { Bencodable } from './bencode.ts'
import { createCandidates, type Candidate } from './candidates.ts'
import { endpointKey, readContacts, type Contact, type Endpoint } from './contact.ts'
import type { KrpcSocket, TimedReply } from './krpc-socket.ts'
import { bytesOf, type Method } from './krpc-message.ts'
import { isSameId } from './node-id.ts'

/** Nodes asked at once. */
const concurrency = 16
/** Nodes asked in one walk at most: liars can name ever nearer nodes. */
const maxAsked = 256
/** With so many answers those that are late are not waited for (BEP 5: the 8 nearest hold a value). */
const enoughAnswers = 8
/** With fewer seeds than this the bootstrap nodes are asked as well. */
const enoughSeeds = 4

export interface WalkOptions {
  /** Nodes that break BEP 43 name us to ourselves. */
  readonly ownId: Uint8Array
  readonly target: Uint8Array
  readonly method: Exclude<Method, 'put'>
  readonly args: Readonly<Record<string, Bencodable | undefined>>
  readonly seeds: readonly Contact[]
  /** Bootstrap nodes: asked for once, when the seeds are few or silent. Never rejects. */
  readonly moreSeeds: () => Promise<readonly Endpoint[]>
  readonly allowsAddress: (host: string) => boolean
  /** Whether only one node of a host may take part. */
  readonly isUnique: (host: string) => boolean
  /** Called for every answer as it arrives. False when it is a lie: nothing of it is used. */
  readonly onReply: (reply: TimedReply, from: Contact) => boolean
  readonly signal: AbortSignal
}

export interface WalkResult {
  /** Nodes that answered. */
  readonly answers: number
  /** The nearest 20 that did, with what a `put` needs; nodes without a token are left out. */
  readonly holders: readonly TokenHolder[]
  /** Nodes that were asked and have not answered. */
  readonly silent: readonly Endpoint[]
}

export interface TokenHolder extends Contact {
  readonly token: Uint8Array
}

/**
 * Asks ever nearer nodes until the nearest 20 have answered (BEP 5). A node whose answer is late
 * makes room for the next. Ends early, with what is known, when `signal` does. Never rejects.
 */
export function walk(socket: KrpcSocket, options: WalkOptions): Promise<WalkResult> {
  const { signal } = options
  const candidates = createCandidates(options.target, options.isUnique)
  const tokens = new Map<string, Uint8Array>()
  let asked = 0
  let answers = 0
  let seeding: 'not-yet' | 'running' | 'done' = 'not-yet'

  const add = (contact: Endpoint & { readonly id?: Uint8Array }): void => {
    if (contact.id !== undefined && isSameId(contact.id, options.ownId)) return
    if (options.allowsAddress(contact.host)) candidates.add(contact)
  }

  return new Promise((resolve) => {
    const over = new AbortController()
    // Every query under way listens; the default of 10 is a guess at leaks.
    setMaxListeners(0, over.signal)

    const finish = (): void => {
      if (over.signal.aborted) return
      over.abort()
      signal.removeEventListener('abort', finish)
      resolve({
        answers,
        holders: candidates.nearest().flatMap((contact) => {
          const token = tokens.get(endpointKey(contact))
          return token === undefined ? [] : [{ ...contact, token }]
        }),
        silent: candidates.silent(),
      })
    }

    const seed = (): void => {
      if (seeding !== 'not-yet') return
      seeding = 'running'
      void options.moreSeeds().then((endpoints) => {
        seeding = 'done'
        for (const endpoint of endpoints) add(endpoint)
        step()
      })
    }

    const accept = (candidate: Candidate, reply: TimedReply): void => {
      const contact = { host: candidate.host, port: candidate.port, id: reply.id }
      // Counted first: the caller may end the walk from within `onReply`.
      answers += 1
      if (!options.onReply(reply, contact)) {
        answers -= 1
        candidate.state = 'failed'
        return
      }
      candidates.answered(candidate, reply.id)
      const token = bytesOf(reply.values, 'token')
      // Tokens are of any length; nobody needs one longer than this.
      if (token !== undefined && token.length <= 64)
        tokens.set(endpointKey(contact), Buffer.from(token))
      for (const nearer of readContacts(bytesOf(reply.values, 'nodes') ?? new Uint8Array()) ?? []) {
        add(nearer)
      }
    }

    const ask = async (candidate: Candidate): Promise<void> => {
      asked += 1
      candidate.state = 'asked'
      const answer = await socket.query({
        to: candidate,
        method: options.method,
        args: options.args,
        signal: over.signal,
        onSlow() {
          candidate.state = 'slow'
          if (answers === 0) seed()
          step()
        },
      })
      if (over.signal.aborted) return
      if (answer.kind === 'reply') accept(candidate, answer)
      else candidate.state = 'failed'
      step()
    }

    const step = (): void => {
      if (over.signal.aborted) return
      while (candidates.count('asked') < concurrency && asked < maxAsked) {
        const next = candidates.next()
        if (next === undefined) break
        void ask(next)
      }
      const isWaiting = candidates.count('asked') > 0
      const isSettled = asked < maxAsked ? candidates.isSettled() : !isWaiting
      if (!isSettled || (seeding === 'running' && answers < enoughAnswers)) return
      // Late answers are waited for only while there are too few others.
      if (answers < enoughAnswers && candidates.count('slow') > 0) return
      if (answers === 0 && seeding === 'not-yet') seed()
      else finish()
    }

    if (signal.aborted) {
      finish()
      return
    }
    signal.addEventListener('abort', finish, { once: true })
    for (const contact of options.seeds) add(contact)
    if (options.seeds.length < enoughSeeds) seed()
    step()
  })
}
