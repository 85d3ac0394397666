import type { CertificateEntry, PinView } from '../../../../src-preload/contract/model.ts'

export interface ComparedPin {
  readonly pin: PinView
  /** `other`: not the one in use, while another pin is equal. `unknown`: nothing was shown. */
  readonly mark: 'equal' | 'expired' | 'other' | 'different' | 'unknown'
}

/** One hash of the server beside the hashes of that kind that the owner vouches for. */
export interface Comparison {
  readonly kind: PinView['kind']
  readonly pins: readonly ComparedPin[]
  /** 64 hex digits; undefined when the server showed nothing. */
  readonly shown: string | undefined
  readonly verdict: 'equal' | 'expired' | 'different' | 'unknown'
}

const kinds = ['spki', 'certificate'] as const

/** What is pinned beside what was shown, for each kind of hash that is pinned. */
export function compareHashes(
  { pins, served }: Pick<CertificateEntry, 'pins' | 'served'>,
  nowMs: number,
): readonly Comparison[] {
  return kinds.flatMap((kind) => {
    const ofKind = pins.filter((pin) => pin.kind === kind)
    if (ofKind.length === 0) return []
    const shown = kind === 'spki' ? served?.spkiSha256 : served?.certificateSha256
    const equal = ofKind.filter(({ value }) => value === shown)
    const isAnyValid = equal.some((pin) => !isExpired(pin, nowMs))
    const verdict =
      shown === undefined
        ? 'unknown'
        : isAnyValid
          ? 'equal'
          : equal.length > 0
            ? 'expired'
            : 'different'
    return [
      { kind, shown, verdict, pins: ofKind.map((pin) => ({ pin, mark: markOf(pin, shown) })) },
    ]

    function markOf(pin: PinView, against: string | undefined): ComparedPin['mark'] {
      if (against === undefined) return 'unknown'
      if (isExpired(pin, nowMs)) return 'expired'
      if (pin.value === against) return 'equal'
      return isAnyValid ? 'other' : 'different'
    }
  })
}

export function isExpired({ validUntil }: Pick<PinView, 'validUntil'>, nowMs: number): boolean {
  return validUntil * 1000 <= nowMs
}

/** True when the owner vouches for the certificate, but it is made out to other names. */
export function isOtherName(entry: CertificateEntry, nowMs: number): boolean {
  return (
    entry.state === 'mismatch' &&
    compareHashes(entry, nowMs).some(({ verdict }) => verdict === 'equal')
  )
}
