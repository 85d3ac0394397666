import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../env/system-env.ts'
import { buildSelfSigned } from './build-certificate.ts'
import { newKey } from './new-key.ts'
import { certificatePem, decodeCertificatePem, decodePem, encodePem } from './pem.ts'

const validity = { validFrom: 1_700_000_000, validTo: 1_800_000_000 }
const der = buildSelfSigned(systemRandom, { names: ['a.nostr'], key: newKey(), ...validity })
const pem = certificatePem(der)

describe('PEM', () => {
  it('is what Node and openssl write', () => {
    expect(pem).toBe(new X509Certificate(der).toString())
    expect(encodePem('X', new Uint8Array(48))).toBe(
      `-----BEGIN X-----\n${'A'.repeat(64)}\n-----END X-----\n`,
    )
  })

  it.each([
    ['as written', pem],
    ['with other line breaks', pem.replaceAll('\n', '\r\n')],
    ['in one line', pem.replaceAll('\n', '').replace('CERTIFICATE-----', 'CERTIFICATE-----\n')],
    ['with text before and after', `Subject: x\n${pem}trailing`],
    ['first of two', pem + certificatePem(Uint8Array.of(1))],
  ])('is read %s', (_what, text) => {
    expect(decodeCertificatePem(text)).toEqual(der)
  })

  it.each([
    ['nothing', ''],
    ['no end', pem.slice(0, -10)],
    ['another label', pem.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
    ['no content', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['what is not base64', '-----BEGIN CERTIFICATE-----\nAB*D\n-----END CERTIFICATE-----\n'],
    [
      'headers of an encrypted key',
      '-----BEGIN CERTIFICATE-----\nProc-Type: 4\n\nAAAA\n-----END CERTIFICATE-----',
    ],
    ['too much', `${'x'.repeat(140_000)}${pem}`],
  ])('refuses %s', (_what, text) => {
    expect(decodeCertificatePem(text)).toBeUndefined()
  })

  it('finds the block of the label asked for', () => {
    const both = encodePem('PRIVATE KEY', Uint8Array.of(1, 2)) + pem
    expect(decodePem('PRIVATE KEY', both)).toEqual(Buffer.of(1, 2))
    expect(decodeCertificatePem(both)).toEqual(der)
  })
})
