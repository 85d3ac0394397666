import { describe, expect, test } from 'vitest'
import { decodeMessage } from './decode.ts'
import { WireError } from './wire-error.ts'
import type { WireErrorCode } from './wire-error.ts'

const octets = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replace(/\s+/g, ''), 'hex'))

/** Header of a response with these counts. */
const header = (qd: number, an: number, ns = 0, ar = 0): string =>
  `1234 8180 ${[qd, an, ns, ar].map((n) => n.toString(16).padStart(4, '0')).join('')}`
const question = '03777777 07 6578616d706c65 03 636f6d 00 0001 0001'

function refusal(bytes: Uint8Array): WireErrorCode | 'read' {
  try {
    decodeMessage(bytes)
    return 'read'
  } catch (error) {
    if (error instanceof WireError) return error.code
    throw error
  }
}

test('a plain query', () => {
  expect(decodeMessage(octets(`2964 0100 0001 0000 0000 0000 ${question}`))).toEqual({
    id: 0x2964,
    isResponse: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 0,
    questions: [{ name: 'www.example.com', type: 'A', class: 1 }],
    answers: [],
    authorities: [],
    additionals: [],
  })
})

test.each([
  ['QR', 0x8000, 'isResponse'],
  ['AA', 0x0400, 'authoritative'],
  ['TC', 0x0200, 'truncated'],
  ['RD', 0x0100, 'recursionDesired'],
  ['RA', 0x0080, 'recursionAvailable'],
  ['AD', 0x0020, 'authenticData'],
  ['CD', 0x0010, 'checkingDisabled'],
] as const)('the flag %s', (_, bit, field) => {
  const flags = (value: number): string => value.toString(16).padStart(4, '0')
  expect(decodeMessage(octets(`0000 ${flags(bit)} ${'0000'.repeat(4)}`))[field]).toBe(true)
  expect(decodeMessage(octets(`0000 ${flags(0xffff ^ bit)} ${'0000'.repeat(4)}`))[field]).toBe(
    false,
  )
})

test('a compressed answer: RFC 1035 s.4.1.4', () => {
  // F.ISI.ARPA at 20, FOO.F.ISI.ARPA, ARPA and the root, as in the RFC's figure.
  const { questions, answers } = decodeMessage(
    octets(`0000 0000 0001 0004 0000 0000
      01 46 03 495349 04 41525041 00 0001 0001
      03 464f4f c00c 0005 0001 0000003c 0002 c012
      c012 0002 0001 0000003c 0001 00
      00 000f 0001 0000003c 0004 000a c01c
      c00c 0010 0001 ffffffff 0003 02 6869`),
  )
  expect(questions[0]?.name).toBe('F.ISI.ARPA')
  expect(answers).toEqual([
    { name: 'FOO.F.ISI.ARPA', class: 1, ttl: 60, rdata: { type: 'CNAME', target: 'ARPA' } },
    { name: 'ARPA', class: 1, ttl: 60, rdata: { type: 'NS', target: '.' } },
    {
      name: '.',
      class: 1,
      ttl: 60,
      rdata: { type: 'MX', preference: 10, exchange: 'FOO.F.ISI.ARPA' },
    },
    // RFC 2181 s.8: the top bit of a TTL makes it zero.
    { name: 'F.ISI.ARPA', class: 1, ttl: 0, rdata: { type: 'TXT', strings: [octets('6869')] } },
  ])
})

test('an mDNS record with the cache-flush bit still has its type', () => {
  const { answers } = decodeMessage(
    octets(`${header(0, 1)} 0161 00 0001 8001 00000078 0004 c0000201`),
  )
  expect(answers[0]).toMatchObject({ class: 0x8001, rdata: { type: 'A', address: '192.0.2.1' } })
})

test('types of class IN stay octets in another class', () => {
  const { answers } = decodeMessage(
    octets(
      `${header(0, 2)} 0161 00 0001 0003 00000000 0003 010203  0161 00 0010 00fe 00000000 0000`,
    ),
  )
  expect(answers.map(({ rdata }) => rdata)).toEqual([
    { type: 'TYPE1', data: octets('010203') },
    { type: 'TYPE16', data: octets('') },
  ])
})

test('any number of questions', () => {
  expect(decodeMessage(octets(header(0, 0))).questions).toEqual([])
  expect(decodeMessage(octets(`${header(2, 0)} ${question} c00c 0041 0001`)).questions).toEqual([
    { name: 'www.example.com', type: 'A', class: 1 },
    { name: 'www.example.com', type: 'HTTPS', class: 1 },
  ])
})

test('octets behind the last record are ignored', () => {
  expect(decodeMessage(octets(`${header(1, 0)} ${question} deadbeef`)).questions).toHaveLength(1)
})

test('special octets of labels are escaped', () => {
  const { questions } = decodeMessage(octets(`${header(1, 0)} 07 612e5c20ff2200 00 0001 0001`))
  expect(questions[0]?.name).toBe('a\\.\\\\\\032\\255\\"\\000')
})

test('OPT: RFC 6891 s.6.1', () => {
  const message = decodeMessage(
    octets(`1234 8181 0000 0000 0000 0001  00 0029 04d0 01 02 8000 000a 0003 0001 61 000a 0001 62`),
  )
  expect(message.rcode).toBe(0x11)
  expect(message.additionals).toEqual([])
  expect(message.edns).toEqual({
    udpPayloadSize: 1232,
    extendedRcode: 1,
    version: 2,
    dnssecOk: true,
    options: [
      { code: 3, data: octets('61') },
      { code: 10, data: octets('62') },
    ],
  })
})

describe('malformed messages', () => {
  const opt = '00 0029 04d0 00000000 0000'
  const name255 = `${`3f${'61'.repeat(63)}`.repeat(3)} 3d${'61'.repeat(61)} 00`
  const name256 = `${`3f${'61'.repeat(63)}`.repeat(3)} 3e${'61'.repeat(62)} 00`
  const record = (type: string, data: string): string =>
    `${header(0, 1)} 0161 00 ${type} 0001 00000000 ${octets(data).length.toString(16).padStart(4, '0')} ${data}`
  test.each<[string, WireErrorCode | 'read', string]>([
    ['empty', 'truncated', ''],
    ['header cut', 'truncated', '1234 8180 0000 0000 0000 00'],
    ['counts beyond the data', 'truncated', `${header(0xffff, 0xffff)} ${question}`],
    ['pointer to itself', 'bad-pointer', `${header(1, 0)} c00c 0001 0001`],
    ['pointer forwards', 'bad-pointer', `${header(1, 0)} c012 0001 0001 0161 00`],
    ['pointer beyond the data', 'bad-pointer', `${header(1, 0)} ffff 0001 0001`],
    ['pointer into its own labels', 'bad-pointer', `${header(1, 0)} 0161 c00c 0001 0001`],
    ['two pointers in a ring', 'bad-pointer', `${header(2, 0)} 0161 c012 0001 0001 c00c 0001 0001`],
    ['pointer cut in half', 'truncated', `${header(1, 0)} 0161 0162 0163 c0`],
    ['label of type 01', 'bad-label', `${header(1, 0)} 4161 00 0001 0001`],
    ['label of type 10', 'bad-label', `${header(1, 0)} 8161 00 0001 0001`],
    ['name of 255 octets', 'read', `${header(1, 0)} ${name255} 0001 0001`],
    ['name of 256 octets', 'name-too-long', `${header(1, 0)} ${name256} 0001 0001`],
    [
      'RDLENGTH beyond the data',
      'truncated',
      `${header(0, 1)} 0161 00 0001 0001 00000000 0005 c0000201`,
    ],
    ['A of 3 octets', 'truncated', record('0001', 'c00002')],
    ['A of 5 octets', 'bad-rdata', record('0001', 'c000020100')],
    ['AAAA of 15 octets', 'truncated', record('001c', '00'.repeat(15))],
    ['CNAME with octets left over', 'bad-rdata', record('0005', '0162 00 00')],
    [
      'CNAME that reads on past its data',
      'truncated',
      `${header(0, 2)} 0161 00 0005 0001 00000000 0002 0162 00 0001 0001 00000000 0000`,
    ],
    ['TXT without a string', 'bad-rdata', record('0010', '')],
    ['TXT string too long for its data', 'truncated', record('0010', '05 6161')],
    ['MX without a name', 'truncated', record('000f', '000a')],
    ['SRV whose target is compressed', 'read', record('0021', '0000 0000 0050 c00c')],
    ['HTTPS whose target is compressed', 'bad-pointer', record('0041', '0001 c00c')],
    [
      'HTTPS with keys out of order',
      'bad-rdata',
      record('0041', '0001 00 0003 0002 01bb 0001 0003 026832'),
    ],
    [
      'HTTPS with a key twice',
      'bad-rdata',
      record('0041', '0001 00 0003 0002 01bb 0003 0002 01bb'),
    ],
    ['HTTPS with a value too long', 'truncated', record('0041', '0001 00 0003 0003 01bb')],
    ['CAA without a tag', 'bad-rdata', record('0101', '00 00 61')],
    ['CAA with a space in its tag', 'bad-rdata', record('0101', '00 02 6120 61')],
    ['OPT', 'read', `${header(0, 0, 0, 1)} ${opt}`],
    ['two OPT', 'bad-opt', `${header(0, 0, 0, 2)} ${opt} ${opt}`],
    ['OPT among the answers', 'bad-opt', `${header(0, 1)} ${opt}`],
    ['OPT with an owner', 'bad-opt', `${header(0, 0, 0, 1)} 0161 ${opt}`],
    [
      'OPT with half an option',
      'truncated',
      `${header(0, 0, 0, 1)} 00 0029 04d0 00000000 0003 000a00`,
    ],
    [
      'OPT option too long',
      'truncated',
      `${header(0, 0, 0, 1)} 00 0029 04d0 00000000 0005 000a 0002 61`,
    ],
  ])('%s: %s', (_, code, hex) => {
    expect(refusal(octets(hex))).toBe(code)
  })

  test.each([
    [127, 'read'],
    [128, 'bad-pointer'],
    [5000, 'bad-pointer'],
  ])('a chain of %i backwards pointers: %s', (hops, code) => {
    // A root name, then pointers each leading to the one before, inside data nobody interprets.
    const dataAt = 12 + 3 + 2 + 2 + 4 + 2
    const pointers = Array.from({ length: hops - 1 }, (_, index) =>
      (0xc000 | (dataAt + (index === 0 ? 0 : index * 2 - 1))).toString(16),
    )
    const length = (1 + pointers.length * 2).toString(16).padStart(4, '0')
    const last = (0xc000 | (dataAt + (hops - 1) * 2 - 1)).toString(16)
    const first = `0161 00 03e7 0001 00000000 ${length} 00 ${pointers.join('')}`
    const second = `${last} 0001 0001 00000000 0004 c0000201`
    expect(refusal(octets(`${header(0, 2)} ${first} ${second}`))).toBe(code)
  })
})

test('decoded octets do not alias the receive buffer', () => {
  const bytes = octets(`${header(0, 1)} 0161 00 0010 0001 00000000 0003 02 6869`)
  const { answers } = decodeMessage(bytes)
  bytes.fill(0)
  expect(answers[0]?.rdata).toEqual({ type: 'TXT', strings: [octets('6869')] })
})
