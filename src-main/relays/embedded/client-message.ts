import type { Filter } from 'nostr-tools/filter'
import type { RelayLimits } from './limits.ts'

/** What a client said (NIP-01), or the reply that tells it why that was not understood. */
export type ClientMessage =
  | { readonly kind: 'event'; readonly event: unknown }
  | { readonly kind: 'request'; readonly id: string; readonly filters: readonly Filter[] }
  | { readonly kind: 'close'; readonly id: string }
  | { readonly kind: 'refused'; readonly reply: readonly unknown[] }

const notice = (text: string): ClientMessage => ({ kind: 'refused', reply: ['NOTICE', text] })

/** Reads one text frame. */
export function readClientMessage(text: string, limits: RelayLimits): ClientMessage {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return notice('error: the message is not JSON')
  }
  if (!Array.isArray(message) || message.length < 2) {
    return notice('error: a message is a JSON array such as ["REQ", "id", {}]')
  }
  const [type, second, ...rest] = message as unknown[]
  switch (type) {
    case 'EVENT':
      return { kind: 'event', event: second }
    case 'REQ':
      return readRequest(second, rest, limits)
    case 'CLOSE':
      return typeof second === 'string'
        ? { kind: 'close', id: second }
        : notice('error: CLOSE needs a subscription id')
    case 'COUNT':
      return closed(typeof second === 'string' ? second : '', 'error: COUNT is not supported')
    default:
      return notice('error: unknown message type; this relay knows EVENT, REQ and CLOSE')
  }
}

function closed(id: string, reason: string): ClientMessage {
  return { kind: 'refused', reply: ['CLOSED', id, reason] }
}

function readRequest(id: unknown, filters: unknown[], limits: RelayLimits): ClientMessage {
  if (typeof id !== 'string' || id === '' || id.length > limits.maxSubscriptionIdLength) {
    return notice(
      `error: a subscription id is a text of 1 to ${limits.maxSubscriptionIdLength} characters`,
    )
  }
  if (filters.length === 0) return closed(id, 'error: REQ needs at least one filter')
  if (filters.length > limits.maxFilters) {
    return closed(id, `error: at most ${limits.maxFilters} filters in one REQ`)
  }
  const read: Filter[] = []
  for (const value of filters) {
    const filter = readFilter(value, limits)
    if (typeof filter === 'string') return closed(id, `error: ${filter}`)
    read.push(filter)
  }
  return { kind: 'request', id, filters: read }
}

/** A checked filter, or what is wrong with it. */
function readFilter(value: unknown, limits: RelayLimits): Filter | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'a filter is a JSON object'
  }
  const filter: Filter = { limit: limits.maxLimit }
  for (const [name, field] of Object.entries(value)) {
    const problem = readField(filter, name, field, limits)
    if (problem !== undefined) return problem
  }
  return filter
}

const hex32 = /^[0-9a-f]{64}$/u

function readField(
  filter: Filter,
  name: string,
  field: unknown,
  limits: RelayLimits,
): string | undefined {
  if (name === 'since' || name === 'until' || name === 'limit') {
    if (!Number.isSafeInteger(field) || (field as number) < 0) {
      return `"${name}" is a whole number, zero or more`
    }
    filter[name] = name === 'limit' ? Math.min(field as number, limits.maxLimit) : (field as number)
    return undefined
  }
  const isTag = /^#[A-Za-z]$/u.test(name)
  if (!isTag && name !== 'ids' && name !== 'authors' && name !== 'kinds') {
    return 'a filter has ids, authors, kinds, #<letter>, since, until and limit only'
  }
  if (!Array.isArray(field)) return `"${name}" is a list`
  if (field.length > limits.maxFilterValues) {
    return `"${name}" holds at most ${limits.maxFilterValues} values`
  }
  const values = [...new Set<unknown>(field)]
  if (name === 'kinds') {
    if (!values.every((kind) => Number.isInteger(kind))) return '"kinds" holds whole numbers'
    filter.kinds = values as number[]
    return undefined
  }
  if (!values.every((item) => typeof item === 'string')) return `"${name}" holds texts`
  if (isTag) {
    filter[name as `#${string}`] = values as string[]
    return undefined
  }
  if (!values.every((item) => hex32.test(item as string))) {
    return `"${name}" holds 64 lower-case hex digits each`
  }
  filter[name as 'ids' | 'authors'] = values as string[]
  return undefined
}
