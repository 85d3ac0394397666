import { type Clock, unixSeconds } from '../../env/env.ts'
import type { Result } from '../../env/errors.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { parseName } from '../../names/parse-name.ts'
import { isPrivateAddress } from '../../systems/address-filter.ts'
import { verifyAlt } from '../origin/verify-alt.ts'
import type { Pin, PinDecision, PinnedName, ServedCertificate } from '../pin-policy.ts'
import type { PinPolicyService } from '../pins/pin-policy-service.ts'
import { judge } from '../pins/judge.ts'
import { describeServed } from '../x509/fingerprints.ts'
import type { ReadServer, ServerReading } from './read-server.ts'
import {
  compareStep,
  exitClassOf,
  pinsStep,
  type Verdict,
  type VerifyReport,
  type VerifyStep,
} from './verify-report.ts'

export interface VerifyDeps {
  readonly clock: Clock
  readonly pins: Pick<PinPolicyService, 'decide' | 'staplePin'>
  /**
   * A and AAAA addresses of a name. Fails with `names.not-found` when it does not exist, and with
   * any other code when that cannot be known now.
   */
  resolve(domain: string, signal: AbortSignal): Promise<Result<readonly string[]>>
  /** True for owners whose addresses in private space are used. */
  allowsPrivate(owner: PubkeyHex): boolean
  readonly readServer: ReadServer
}

export interface VerifyOptions {
  /** Else 443 and then 4443, as the proof of concept tries them. */
  readonly port?: number
  /** Addresses to use in place of those of the name. */
  readonly addresses?: readonly string[]
  readonly signal: AbortSignal
}

/** Ports of the proof of concept's clients. */
const usualPorts = [443, 4443]

/**
 * Whether the server of `text`, a name that is a key, shows what the key's owner vouches for. Says
 * of each step what was found. Never throws for anything a relay, an owner or a server can do.
 */
export async function verifyName(
  deps: VerifyDeps,
  text: string,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const domain = text.trim().toLowerCase().replace(/\.$/u, '')
  const steps: VerifyStep[] = []
  const report = (verdict: Verdict, rest: Partial<VerifyReport> = {}): VerifyReport => ({
    // A mistyped name may be a secret key; it is not repeated.
    name: verdict === 'bad-name' ? '' : domain,
    verdict,
    exitClass: exitClassOf(verdict),
    steps: [...steps],
    ...rest,
  })

  const name = parseName(domain)
  if (name.kind !== 'nostr') {
    const detail = 'This is not a name that is a key, such as npub1….nostr.'
    steps.push({ step: 'name', ok: false, detail })
    return report('bad-name')
  }
  steps.push({ step: 'name', ok: true, detail: `The name is the public key ${name.owner}.` })

  const found = await findAddresses(deps, name, domain, options)
  steps.push(found.step)
  if (found.addresses.length === 0) return report(found.verdict)

  const ports = options.port === undefined ? usualPorts : [options.port]
  let first: VerifyReport | undefined
  for (const port of ports) {
    const [decision, server] = await Promise.all([
      deps.pins.decide(name, port, options.signal),
      deps.readServer(found.addresses, port, domain, options.signal),
    ])
    if (!server.ok) {
      const detail = `${found.addresses.join(', ')} port ${port}: ${server.reason}.`
      steps.push({ step: 'connect', ok: false, detail })
      first ??= report('unreachable', { port, decision })
      continue
    }
    const comparison = compare(deps, { name, domain, port }, decision, server.value)
    steps.push(...comparison.steps)
    const { verdict, ...rest } = comparison
    const here = report(verdict, { ...rest, port, decision })
    // Another port is only a guess: it must not hide what is wrong here.
    if (verdict !== 'no-certificate') return { ...here, steps: [...steps] }
    if (first === undefined || first.verdict === 'unreachable') first = here
  }
  return { ...(first ?? report('unreachable')), steps: [...steps] }
}

interface Found {
  readonly step: VerifyStep
  readonly addresses: readonly string[]
  readonly verdict: Verdict
}

async function findAddresses(
  deps: VerifyDeps,
  name: PinnedName,
  domain: string,
  { addresses, signal }: VerifyOptions,
): Promise<Found> {
  const finding = (ok: boolean, detail: string, usable: readonly string[], verdict: Verdict) => ({
    step: { step: 'address', ok, detail } as const,
    addresses: usable,
    verdict,
  })
  if (addresses !== undefined && addresses.length > 0) {
    return finding(true, `Using the given address ${addresses.join(', ')}.`, addresses, 'match')
  }
  const resolved = await deps.resolve(domain, signal)
  if (!resolved.ok) {
    const isDenied = resolved.error.code === 'names.not-found'
    return finding(false, resolved.error.message, [], isDenied ? 'not-found' : 'cannot-check')
  }
  const usable = resolved.value.filter(
    (address) => deps.allowsPrivate(name.owner) || !isPrivateAddress(address),
  )
  if (usable.length > 0)
    return finding(true, `Its owner gives ${usable.join(', ')}.`, usable, 'match')
  return resolved.value.length === 0
    ? finding(false, 'Its owner gives no address.', [], 'not-found')
    : finding(
        false,
        `Its owner points it at ${resolved.value.join(', ')}, inside a private network: not used unless you allow it for this key.`,
        [],
        'unreachable',
      )
}

interface Comparison {
  readonly verdict: Verdict
  readonly steps: readonly VerifyStep[]
  readonly served?: ServedCertificate
  readonly pin?: Pin
}

function compare(
  deps: VerifyDeps,
  place: { readonly name: PinnedName; readonly domain: string; readonly port: number },
  decision: PinDecision,
  server: ServerReading,
): Comparison {
  const { domain, port } = place
  const served = server.der && describeServed(server.der)
  const shown = served === undefined ? {} : { served }
  const curve = server.isAlt ? ', with the curve of Nostr keys' : ''
  const connected: VerifyStep = {
    step: 'connect',
    ok: true,
    detail: `The server on port ${port} speaks ${server.protocol}${curve}.`,
  }
  // What the owner let expire is a hard stop; only the lack of any word leaves room for a proof
  // that the server brings along.
  const mayBring = decision.kind === 'no-certificate' || decision.kind === 'cannot-check'
  const brought = mayBring ? ownProof(deps, place, server.der) : undefined
  if (decision.kind !== 'pinned' && brought === undefined) {
    const compared: VerifyStep = { step: 'compare', ok: false, detail: shownBy(served) }
    const steps = [connected, pinsStep(decision, port), compared]
    return { verdict: decision.kind, steps, ...shown }
  }
  const vouched = brought === undefined ? pinsStep(decision, port) : broughtStep(brought)
  const pins = decision.kind === 'pinned' ? decision.pins : brought === undefined ? [] : [brought]
  const judgement = judge(pins, served, domain, unixSeconds(deps.clock))
  const { step, verdict } = compareStep(judgement, served, domain)
  return {
    verdict,
    steps: [connected, vouched, step],
    ...shown,
    ...(judgement.ok && { pin: judgement.pin }),
  }
}

/** The pin that the certificate proves by itself: a stapled event, or the Nostr key as its key. */
function ownProof(
  deps: VerifyDeps,
  { name, domain }: { readonly name: PinnedName; readonly domain: string },
  der: Uint8Array | undefined,
): Pin | undefined {
  if (der === undefined) return undefined
  const now = unixSeconds(deps.clock)
  return deps.pins.staplePin(name, der) ?? verifyAlt(der, name.owner, domain, now)
}

function broughtStep(pin: Pin): VerifyStep {
  const detail =
    pin.format === 'staple'
      ? `The certificate carries event ${pin.eventId}, signed by the owner, which vouches for key ${pin.value}.`
      : 'The key of the certificate is the Nostr key itself, so nothing had to be looked up.'
  return { step: 'pins', ok: true, detail }
}

function shownBy(served: ServedCertificate | undefined): string {
  return served === undefined
    ? 'The server showed no certificate.'
    : `The server showed key ${served.spkiSha256}, and there is nothing to compare it with.`
}
