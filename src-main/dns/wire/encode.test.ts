import { describe, expect, test } from 'vitest'
import { decodeMessage } from './decode.ts'
import { encodeMessage, optOctets } from './encode.ts'
import { extendedErrorOption, paddingOption, readExtendedErrors } from './edns.ts'
import { extendedErrors, rcodes } from './message.ts'
import type { Edns, Message, Rdata, ResourceRecord } from './message.ts'
import { parseRdata } from './rdata-text.ts'
import { WireError } from './wire-error.ts'

const response: Message = {
  id: 0x1234,
  isResponse: true,
  opcode: 0,
  authoritative: true,
  truncated: false,
  recursionDesired: true,
  recursionAvailable: true,
  authenticData: false,
  checkingDisabled: false,
  rcode: 0,
  questions: [{ name: 'www.Example.com', type: 'A', class: 1 }],
  answers: [],
  authorities: [],
  additionals: [],
}
const edns: Edns = {
  udpPayloadSize: 1232,
  extendedRcode: 0,
  version: 0,
  dnssecOk: false,
  options: [],
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const record = (name: string, rdata: Rdata, ttl = 60): ResourceRecord => ({
  name,
  class: 1,
  ttl,
  rdata,
})
const a = (name: string, address: string): ResourceRecord => record(name, { type: 'A', address })
const txt = (name: string, length: number): ResourceRecord =>
  record(name, { type: 'TXT', strings: [new Uint8Array(length)] })

describe('compression', () => {
  test('an answer owned by the question name is a pointer to it', () => {
    const bytes = encodeMessage({ ...response, answers: [a('www.Example.com', '192.0.2.1')] })
    expect(hex(bytes)).toBe(
      '12348580000100010000000003777777074578616d706c6503636f6d0000010001' +
        'c00c000100010000003c0004c0000201',
    )
  })

  test('tails are shared, in RFC 1035 data too, but only in the same letter case', () => {
    const bytes = encodeMessage({
      ...response,
      answers: [
        record('a.Example.com', { type: 'CNAME', target: 'b.a.Example.com' }),
        record('example.com', { type: 'MX', preference: 1, exchange: 'www.Example.com' }),
      ],
    })
    expect(hex(bytes).slice(66)).toBe(
      '0161c01000050001' +
        '0000003c0004' +
        '0162c021' + // b. + a.Example.com at 33
        '076578616d706c65c018000f0001' +
        '0000003c0004' +
        '0001c00c', // example. + com
    )
    const decoded = decodeMessage(bytes)
    expect(decoded.answers.map(({ name }) => name)).toEqual(['a.Example.com', 'example.com'])
  })

  test.each([
    ['SRV', '1 2 3 www.Example.com.'],
    ['HTTPS', '1 www.Example.com.'],
    ['SVCB', '1 www.Example.com.'],
  ] as const)('names in %s data are not compressed (RFC 3597 s.4)', (type, text) => {
    const bytes = encodeMessage({
      ...response,
      answers: [record('www.Example.com', parseRdata(type, text, '.'))],
    })
    expect(hex(bytes)).toContain('03777777074578616d706c6503636f6d00'.repeat(1))
    expect(hex(bytes).endsWith('03777777074578616d706c6503636f6d00')).toBe(true)
  })

  test('no pointer beyond its 14 bits', () => {
    const filler = Array.from({ length: 70 }, (_, index) => txt(`n${index}.filler`, 255))
    const message = {
      ...response,
      answers: [...filler, a('late.name', '192.0.2.1'), a('late.name', '192.0.2.2')],
    }
    expect(decodeMessage(encodeMessage(message))).toEqual(message)
  })
})

describe('size', () => {
  const three = { ...response, answers: [txt('a', 100), txt('b', 100), txt('c', 100)] }
  const whole = encodeMessage({ ...three, edns })

  test('what fits exactly is whole', () => {
    expect(encodeMessage({ ...three, edns }, { maxSize: whole.length })).toEqual(whole)
  })

  test('one octet less: a whole RRset goes, TC is set, OPT stays', () => {
    const bytes = encodeMessage({ ...three, edns }, { maxSize: whole.length - 1 })
    const cut = decodeMessage(bytes)
    expect(bytes.length).toBeLessThan(whole.length)
    expect(cut.truncated).toBe(true)
    expect(cut.answers.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(cut.edns).toEqual(edns)
    expect(cut.questions).toEqual(response.questions)
  })

  test('an RRset is never split', () => {
    const set = [a('x', '192.0.2.1'), txt('big', 100), txt('big', 101), txt('BIG', 102)]
    const cut = decodeMessage(encodeMessage({ ...response, answers: set }, { maxSize: 300 }))
    expect(cut.answers).toEqual([set[0]])
    expect(cut.truncated).toBe(true)
  })

  test('nothing follows a section that was cut', () => {
    const message = {
      ...response,
      answers: [txt('big', 255)],
      authorities: [a('small', '192.0.2.1')],
      additionals: [a('small', '192.0.2.1')],
    }
    const cut = decodeMessage(encodeMessage(message, { maxSize: 200 }))
    expect([cut.answers, cut.authorities, cut.additionals]).toEqual([[], [], []])
    expect(cut.truncated).toBe(true)
  })

  test('leaving out additional records does not set TC (RFC 2181 s.9)', () => {
    const message = { ...response, answers: [a('x', '192.0.2.1')], additionals: [txt('big', 255)] }
    const cut = decodeMessage(encodeMessage(message, { maxSize: 200 }))
    expect(cut.answers).toHaveLength(1)
    expect(cut.additionals).toEqual([])
    expect(cut.truncated).toBe(false)
  })

  test('names left out are not pointed at', () => {
    const message = {
      ...response,
      additionals: [],
      answers: [a('x', '192.0.2.1')],
      authorities: [],
    }
    const cut = decodeMessage(
      encodeMessage(
        { ...message, answers: [...message.answers, txt('only.here', 255)], edns },
        { maxSize: 100 },
      ),
    )
    expect(cut.answers).toEqual(message.answers)
  })

  test('more than 65,535 octets are cut without being asked', () => {
    const answers = Array.from({ length: 300 }, (_, index) => txt(`n${index}`, 255))
    const bytes = encodeMessage({ ...response, answers })
    expect(bytes.length).toBeLessThanOrEqual(65_535)
    expect(decodeMessage(bytes).truncated).toBe(true)
  })

  test('too small for the question', () => {
    expect(() => encodeMessage(response, { maxSize: 20 })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    )
  })
})

describe('EDNS', () => {
  test('an RCODE above 15 goes through OPT', () => {
    const bytes = encodeMessage({ ...response, rcode: rcodes.BADVERS, edns })
    expect(bytes[3]).toBe(0x80)
    expect(decodeMessage(bytes)).toMatchObject({
      rcode: 16,
      edns: { extendedRcode: 1, version: 0 },
    })
  })

  test('without OPT there is no room for it', () => {
    expect(() => encodeMessage({ ...response, rcode: 16 })).toThrow(WireError)
  })

  test('the OPT record by itself', () => {
    const withOpt = encodeMessage({ ...response, edns })
    const opt = optOctets({ edns, rcode: 0 })
    expect(hex(opt)).toBe('00002904d0000000000000')
    expect(hex(withOpt).endsWith(hex(opt))).toBe(true)
    expect(optOctets({ rcode: 0 })).toHaveLength(0)
  })

  test('extended errors (RFC 8914)', () => {
    const options = [
      extendedErrorOption({ code: extendedErrors.staleAnswer, text: '' }),
      { code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
      extendedErrorOption({ code: extendedErrors.noReachableAuthority, text: 'no relay – é' }),
      { code: 15, data: Uint8Array.of(0) },
      { code: 15, data: Uint8Array.of(0, 24, 0x78, 0) },
      paddingOption(3),
    ]
    expect(hex(options[0]?.data ?? new Uint8Array())).toBe('0003')
    const { edns: read } = decodeMessage(encodeMessage({ ...response, edns: { ...edns, options } }))
    expect(read?.options).toEqual(options)
    expect(readExtendedErrors(read ?? edns)).toEqual([
      { code: 3, text: '' },
      { code: 22, text: 'no relay – é' },
      { code: 24, text: 'x' },
    ])
    expect(() => extendedErrorOption({ code: 65_536, text: '' })).toThrow(WireError)
  })
})

describe('values without a wire form', () => {
  test.each<[string, Partial<Message>]>([
    ['id', { id: 65_536 }],
    ['opcode', { opcode: 16 }],
    ['rcode', { rcode: 4096 }],
    ['TTL', { answers: [record('a', { type: 'A', address: '192.0.2.1' }, 0x8000_0000)] }],
    ['negative TTL', { answers: [record('a', { type: 'A', address: '192.0.2.1' }, -1)] }],
    ['address', { answers: [a('a', '192.0.2')] }],
    ['address family', { answers: [a('a', '::1')] }],
    ['name', { answers: [a('a..b', '192.0.2.1')] }],
    [
      'port',
      {
        answers: [record('a', { type: 'SRV', priority: 1, weight: 1, port: 65_536, target: 'b' })],
      },
    ],
    ['fraction', { answers: [record('a', { type: 'MX', preference: 1.5, exchange: 'b' })] }],
    ['TXT without strings', { answers: [record('a', { type: 'TXT', strings: [] })] }],
    ['long TXT string', { answers: [txt('a', 256)] }],
    [
      'CAA tag',
      { answers: [record('a', { type: 'CAA', flags: 0, tag: 'a b', value: new Uint8Array() })] },
    ],
    ['HINFO beyond Latin-1', { answers: [record('a', { type: 'HINFO', cpu: '€', os: '' })] }],
    [
      'data too long',
      { answers: [record('a', { type: 'TYPE999', data: new Uint8Array(65_536) })] },
    ],
    [
      'SvcParam twice',
      {
        answers: [
          record('a', {
            type: 'HTTPS',
            priority: 1,
            target: '.',
            params: [1, 1].map((key) => ({ key, value: new Uint8Array() })),
          }),
        ],
      },
    ],
  ])('%s', (_, change) => {
    expect(() => encodeMessage({ ...response, ...change })).toThrow(WireError)
  })
})

test('SvcParams are written in key order', () => {
  const rdata: Rdata = {
    type: 'HTTPS',
    priority: 1,
    target: '.',
    params: [3, 1].map((key) => ({ key, value: Uint8Array.of(0, key) })),
  }
  const { answers } = decodeMessage(encodeMessage({ ...response, answers: [record('a', rdata)] }))
  expect(answers[0]?.rdata).toMatchObject({ params: [{ key: 1 }, { key: 3 }] })
})
