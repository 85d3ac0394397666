import type { AddressSighting } from '../publisher.ts'

/** One party that can tell this computer's public address, asked over one IP family. */
export interface AddressSource {
  readonly name: string
  readonly method: Exclude<AddressSighting['method'], 'interface'>
  readonly family: 4 | 6
  /** The address as the source writes it; rejects with an Error whose message says what went wrong. */
  find(signal: AbortSignal): Promise<string>
}
