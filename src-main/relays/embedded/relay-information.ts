import type { IncomingMessage, ServerResponse } from 'node:http'
import { futureLimitSeconds } from '../event-store.ts'
import type { RelayLimits } from './limits.ts'

const crossOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
}

/** Answers plain HTTP: the NIP-11 document for who asks for it, a sentence for a browser. */
export function answerHttp(
  request: IncomingMessage,
  response: ServerResponse,
  limits: RelayLimits,
): void {
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, { 'Content-Type': type, ...crossOrigin })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  if (request.method === 'OPTIONS') return send(204, 'text/plain', '')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(405, 'text/plain; charset=utf-8', 'This is a Nostr relay: GET or WebSocket only.\n')
  }
  if (request.headers.accept?.includes('application/nostr+json') === true) {
    return send(200, 'application/nostr+json', JSON.stringify(relayInformation(limits)))
  }
  send(200, 'text/plain; charset=utf-8', 'This is a Nostr relay. Connect with a Nostr client.\n')
}

/** NIP-11 relay information document. */
function relayInformation(limits: RelayLimits) {
  return {
    name: 'Nostr DNS embedded relay',
    description: 'Holds what this computer publishes and what was sent to it, also when offline.',
    supported_nips: [1, 9, 11, 40],
    software: 'nostr-dns',
    limitation: {
      max_message_length: limits.maxMessageBytes,
      max_subscriptions: limits.maxSubscriptions,
      max_limit: limits.maxLimit,
      max_subid_length: limits.maxSubscriptionIdLength,
      max_content_length: limits.maxEventBytes,
      default_limit: limits.maxLimit,
      created_at_upper_limit: futureLimitSeconds,
      auth_required: false,
      payment_required: false,
      restricted_writes: false,
    },
  }
}
