import { describe, expect, it } from 'vitest'
import { passphraseStrength } from './passphrase-strength.ts'

describe('passphraseStrength', () => {
  it.each([
    ['', 'short'],
    ['password', 'short'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'short'],
    ['Tr0ub4dor&3', 'fair'],
    ['orange lamp river', 'fair'],
    ['correct horse battery staple', 'good'],
    ['k8#Vq2!zLm9$wT4x', 'good'],
  ] as const)('%j is %s', (passphrase, strength) => {
    expect(passphraseStrength(passphrase)).toBe(strength)
  })
})
