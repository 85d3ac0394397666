import type { AddressSource } from './address-source.ts'
import type { FetchText } from './fetch-text.ts'

/** An HTTPS service that answers with the caller's address as text. */
export function createHttpsSource(fetchText: FetchText, url: string, family: 4 | 6): AddressSource {
  return {
    name: new URL(url).host,
    method: 'https',
    family,
    find: async (signal) => (await fetchText(url, family, signal)).trim(),
  }
}
