/** How a verification went, step by step, and what that amounts to. Pure. */
import type { Judgement, Pin, PinDecision, ServedCertificate } from '../pin-policy.ts'

export interface VerifyStep {
  readonly step: 'name' | 'address' | 'pins' | 'connect' | 'compare'
  readonly ok: boolean
  /** One plain sentence. */
  readonly detail: string
}

export type Verdict =
  | 'match'
  | 'mismatch'
  | 'wrong-name'
  | 'no-certificate'
  | 'expired'
  /** The owner's events could not be had. */
  | 'cannot-check'
  /** The owner gives no address. */
  | 'not-found'
  /** No server answered. */
  | 'unreachable'
  /** Only names that are keys can be verified. */
  | 'bad-name'

/** Exit codes of the command line: 0, 1, 2, 3 and 4. */
export type ExitClass = 'ok' | 'failed' | 'usage' | 'not-found' | 'network'

export interface VerifyReport {
  readonly name: string
  /** The port the verdict is about. */
  readonly port?: number
  readonly verdict: Verdict
  readonly exitClass: ExitClass
  readonly steps: readonly VerifyStep[]
  readonly decision?: PinDecision
  readonly served?: ServedCertificate
  /** What the owner vouches for that the server showed. */
  readonly pin?: Pin
}

const exitClasses: Readonly<Record<Verdict, ExitClass>> = {
  match: 'ok',
  mismatch: 'failed',
  'wrong-name': 'failed',
  'no-certificate': 'failed',
  expired: 'failed',
  'cannot-check': 'network',
  'not-found': 'not-found',
  unreachable: 'failed',
  'bad-name': 'usage',
}

export function exitClassOf(verdict: Verdict): ExitClass {
  return exitClasses[verdict]
}

export function pinsStep(decision: PinDecision, port: number): VerifyStep {
  switch (decision.kind) {
    case 'pinned': {
      const values = decision.pins.map(
        ({ kind, value }) => `${kind === 'spki' ? 'key' : 'certificate'} ${value}`,
      )
      const [first] = decision.pins
      const weak = first?.strength === 'hint' ? ' (a weaker hint of an older format)' : ''
      const cached = decision.isFromCache
        ? '; relays could not be asked, so this is from before'
        : ''
      return {
        step: 'pins',
        ok: true,
        detail: `Event ${first?.eventId ?? ''} (${first?.format ?? ''}) vouches on port ${port} for ${values.join(' or ')}${weak}${cached}.`,
      }
    }
    case 'no-certificate':
      return {
        step: 'pins',
        ok: false,
        detail: `No certificate on port ${port}: ${decision.reason}.`,
      }
    case 'expired':
      return {
        step: 'pins',
        ok: false,
        detail: `What the owner signed (event ${decision.eventId}) expired ${new Date(decision.expiredAt * 1000).toISOString()}.`,
      }
    case 'cannot-check':
      return {
        step: 'pins',
        ok: false,
        detail: `The owner's events could not be had: ${decision.reason}.`,
      }
  }
}

/** The words and the verdict for a comparison with pins. */
export function compareStep(
  judgement: Judgement,
  served: ServedCertificate | undefined,
  name: string,
): { readonly step: VerifyStep; readonly verdict: Verdict } {
  const compared = (ok: boolean, detail: string): VerifyStep => ({ step: 'compare', ok, detail })
  if (judgement.ok) {
    const { pin } = judgement
    const detail = `${sources[pin.format]}: ${pin.kind === 'spki' ? 'key' : 'certificate'} ${pin.value} is the one vouched for.`
    return { step: compared(true, detail), verdict: 'match' }
  }
  switch (judgement.reason) {
    case 'wrong-name':
      return {
        step: compared(
          false,
          `The certificate is for ${listOf(served?.names ?? [])}, not for ${name}.`,
        ),
        verdict: 'wrong-name',
      }
    case 'expired-pin':
      return { step: compared(false, 'The matching pin has expired.'), verdict: 'expired' }
    case 'mismatch':
      return {
        step: compared(
          false,
          served === undefined
            ? 'The server showed no certificate.'
            : `The server showed key ${served.spkiSha256} (certificate ${served.certificateSha256}), which its owner does not vouch for.`,
        ),
        verdict: 'mismatch',
      }
  }
}

const sources: Readonly<Record<Pin['format'], string>> = {
  canonical: 'Match',
  'nodns-30003': 'Match with a hint',
  'poc-30001': 'Match with a hint',
  staple: 'Match by the signed event inside the certificate',
  'nostr-key': 'Match: the server’s key is the Nostr key itself',
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'no name' : names.slice(0, 5).join(', ')
}
