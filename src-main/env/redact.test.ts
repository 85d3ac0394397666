import { homedir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createLogger, type LogRecord } from './logger.ts'
import { redact } from './redact.ts'

const nsec = 'nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5'

describe('redact', () => {
  it.each([
    ['an nsec', `key ${nsec} here`],
    ['an nsec in capitals', `key ${nsec.toUpperCase()} here`],
    ['an nsec in mixed case', `key ${nsec.replace('vl0', 'VL0')}.nostr`],
    ['an ncryptsec', `ncryptsec1${nsec.slice(5)}`],
    ['a bunker secret', `bunker://abc?relay=wss://r.example&secret=${nsec.slice(5)}`],
  ])('removes %s', (_what, text) => {
    expect(redact(text).toLowerCase()).not.toContain(nsec.slice(9))
  })

  it('removes the home folder, and leaves other text alone', () => {
    expect(redact(`${homedir()}/x and npub1abc`)).toBe('~/x and npub1abc')
  })
})

describe('createLogger', () => {
  const capture = (): { records: LogRecord[]; log: ReturnType<typeof createLogger> } => {
    const records: LogRecord[] = []
    return {
      records,
      log: createLogger(
        (record) => records.push(record),
        'info',
        () => 7,
      ),
    }
  }

  it('redacts messages, nested fields and errors before the sink sees them', () => {
    const { records, log } = capture()
    log.warn(`bad ${nsec}`, { error: new Error(nsec), deep: { list: [nsec, 1] } })
    expect(JSON.stringify(records)).not.toContain(nsec.slice(9))
    expect(records[0]?.fields['deep']).toEqual({ list: ['nsec1[redacted]', 1] })
  })

  it('drops records below its level and names children by their path', () => {
    const { records, log } = capture()
    log.debug('quiet')
    log.child('dns').child('udp').info('loud')
    expect(records).toMatchObject([{ subsystem: 'dns.udp', message: 'loud', timeMs: 7 }])
  })
})
