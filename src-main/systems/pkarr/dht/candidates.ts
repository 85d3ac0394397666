import { endpointKey, type Contact, type Endpoint } from './contact.ts'
import { compareDistance } from './node-id.ts'

/**
 * - `slow`: its answer is late; it no longer holds the walk up, but is still listened to.
 * - `failed`: silent, refused or lying.
 */
export type CandidateState = 'new' | 'asked' | 'slow' | 'answered' | 'failed'

export interface Candidate extends Endpoint {
  /** Unknown for bootstrap nodes until they answer. */
  id?: Uint8Array
  state: CandidateState
}

/** Candidates kept; the farthest give way. */
const maxCandidates = 200
/** BEP 5: the value lives on the nodes nearest to the target. The reference stores on 20. */
export const storeSize = 20

/** The nodes one walk has heard of, nearest first. */
export interface Candidates {
  add(contact: Endpoint & { readonly id?: Uint8Array }): void
  /** The next to ask: a bootstrap node, or one of the nearest 20. */
  next(): Candidate | undefined
  /** `candidate` answered under `id`, whatever id others said it has. */
  answered(candidate: Candidate, id: Uint8Array): void
  /** True once the nearest 20 that are neither failed nor slow have answered. */
  isSettled(): boolean
  /** The nearest 20 that answered. */
  nearest(): readonly Contact[]
  /** Those that have not answered although they were asked a while ago. */
  silent(): readonly Endpoint[]
  count(state: CandidateState): number
}

/** `isUnique` says that only one node of a host may take part, so that no machine poses as many. */
export function createCandidates(
  target: Uint8Array,
  isUnique: (host: string) => boolean,
): Candidates {
  const known = new Set<string>()
  let sorted: Candidate[] = []

  /** Those of unknown distance come first: they are asked because nobody else is known. */
  const compare = (a: Candidate, b: Candidate): number => {
    if (a.id === undefined || b.id === undefined) {
      return Number(a.id !== undefined) - Number(b.id !== undefined)
    }
    return compareDistance(target, a.id, b.id)
  }

  const insert = (candidate: Candidate): void => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = sorted[middle]
      if (other !== undefined && compare(other, candidate) <= 0) low = middle + 1
      else high = middle
    }
    sorted.splice(low, 0, candidate)
  }

  /** The candidates the walk is about: all of unknown distance, and the nearest 20 of the others. */
  const front = (): Candidate[] => {
    const alive = sorted.filter(({ state }) => state !== 'failed' && state !== 'slow')
    const strangers = alive.filter(({ id }) => id === undefined).length
    return alive.slice(0, strangers + storeSize)
  }

  return {
    add({ host, port, id }) {
      const key = isUnique(host) ? host : endpointKey({ host, port })
      if (known.has(key)) return
      const candidate: Candidate = { host, port, state: 'new', ...(id === undefined ? {} : { id }) }
      const farthest = sorted.at(-1)
      if (sorted.length >= maxCandidates && farthest !== undefined) {
        if (farthest.state !== 'new' || compare(candidate, farthest) >= 0) return
        sorted.pop()
      }
      known.add(key)
      insert(candidate)
    },
    next: () => front().find(({ state }) => state === 'new'),
    answered(candidate, id) {
      sorted = sorted.filter((other) => other !== candidate)
      candidate.state = 'answered'
      candidate.id = id
      insert(candidate)
    },
    isSettled: () => front().every(({ state }) => state === 'answered'),
    nearest: () =>
      sorted
        .flatMap(({ state, host, port, id }) =>
          state === 'answered' && id !== undefined ? [{ host, port, id }] : [],
        )
        .slice(0, storeSize),
    silent: () => sorted.filter(({ state }) => state === 'failed' || state === 'slow'),
    count: (state) => sorted.filter((candidate) => candidate.state === state).length,
  }
}
