import { generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A new private key on P-256: what every TLS client can verify, Electron's included. */
export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}
