/**
 * The codec beside two others, over what those do correctly: `dns-packet` reads what we write and we
 * read what it writes; `dns2`, which serves the TCP and DoH listeners, likewise. The last block pins
 * down what dns2 3.1.1 loses, because that decides where it may be used.
 */
import dnsPacket from 'dns-packet'
import { Packet } from 'dns2'
import { describe, expect, test } from 'vitest'
import { decodeMessage } from './decode.ts'
import { encodeMessage } from './encode.ts'
import { extendedErrorOption } from './edns.ts'
import type { Message, RecordType } from './message.ts'
import { parseRdata } from './rdata-text.ts'

const texts: readonly (readonly [RecordType, string])[] = [
  ['A', '192.0.2.1'],
  ['AAAA', '2001:db8::1'],
  ['CNAME', 'alias.example.com.'],
  ['NS', 'ns.example.com.'],
  ['PTR', 'host.example.com.'],
  ['MX', '10 mail.example.com.'],
  ['TXT', '"one" "two words"'],
  ['SRV', '1 2 5060 sip.example.net.'],
  ['CAA', '0 issue "ca.example"'],
  ['SOA', 'ns.example.com. hostmaster.example.com. 7 3600 600 86400 60'],
  ['TLSA', '3 1 1 aabbccdd'],
  ['SSHFP', `4 2 ${'ab'.repeat(32)}`],
  ['HTTPS', '1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1'],
  ['SVCB', '0 pool.example.com.'],
  ['HINFO', '"cpu" "os"'],
  ['TYPE65280', '\\# 3 010203'],
]

function messageOf(records: readonly (readonly [RecordType, string])[]): Message {
  return {
    id: 4711,
    isResponse: true,
    opcode: 0,
    authoritative: true,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: true,
    authenticData: false,
    checkingDisabled: false,
    rcode: 3,
    questions: [{ name: 'www.example.com', type: 'A', class: 1 }],
    answers: records.map(([type, text]) => ({
      name: 'www.example.com',
      class: 1,
      ttl: 300,
      rdata: parseRdata(type, text, '.'),
    })),
    authorities: [],
    additionals: [],
    edns: {
      udpPayloadSize: 1232,
      extendedRcode: 0,
      version: 0,
      dnssecOk: true,
      options: [
        { code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
        extendedErrorOption({ code: 22, text: 'no relay' }),
      ],
    },
  }
}

const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes)

describe('dns-packet 5.6.1', () => {
  test.each(texts)('%s: what we write it writes back, and we read that as before', (type, text) => {
    const message = messageOf([[type, text]])
    const theirs = dnsPacket.decode(buffer(encodeMessage(message)))
    expect(theirs.answers?.[0]).toMatchObject({ name: 'www.example.com', ttl: 300 })
    expect(decodeMessage(dnsPacket.encode(theirs))).toEqual(message)
  })

  test('it reads our values as ours', () => {
    const { answers = [], flags, id } = dnsPacket.decode(buffer(encodeMessage(messageOf(texts))))
    expect(id).toBe(4711)
    expect((flags ?? 0) & dnsPacket.AUTHORITATIVE_ANSWER).toBeTruthy()
    const data = Object.fromEntries(
      answers.map((answer) => [answer.type, 'data' in answer && answer.data]),
    )
    expect(data).toMatchObject({
      A: '192.0.2.1',
      AAAA: '2001:db8::1',
      CNAME: 'alias.example.com',
      MX: { preference: 10, exchange: 'mail.example.com' },
      TXT: [Buffer.from('one'), Buffer.from('two words')],
      SRV: { priority: 1, weight: 2, port: 5060, target: 'sip.example.net' },
      CAA: { flags: 0, tag: 'issue', value: 'ca.example' },
      SOA: { mname: 'ns.example.com', serial: 7, minimum: 60 },
      TLSA: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from('aabbccdd', 'hex') },
      SSHFP: { algorithm: 4, hash: 2, fingerprint: 'AB'.repeat(32) },
    })
  })
})

/** dns2's types leave the record fields open. */
type Dns2Record = Readonly<Record<string, unknown>>

describe('dns2 3.1.1', () => {
  const throughDns2 = (message: Message): Message => {
    const packet = Packet.parse(buffer(encodeMessage(message)))
    expect(packet.errors).toEqual([])
    return decodeMessage(packet.toBuffer())
  }

  test.each(texts)('passes on %s records unchanged', (type, text) => {
    const message = messageOf([[type, text]])
    expect(throughDns2(message).answers).toEqual(message.answers)
  })

  test('reads our values as ours', () => {
    const { answers } = Packet.parse(buffer(encodeMessage(messageOf(texts))))
    const fields = answers as unknown as readonly Dns2Record[]
    expect(fields.slice(0, 6)).toMatchObject([
      { address: '192.0.2.1' },
      { address: '2001:db8::1' },
      { domain: 'alias.example.com' },
      { ns: 'ns.example.com' },
      { domain: 'host.example.com' },
      { priority: 10, exchange: 'mail.example.com' },
    ])
  })

  test('knows HTTPS, SVCB, TLSA and SSHFP only as octets', () => {
    for (const [type, text] of texts.filter(([name]) => /^(?:HTTPS|SVCB|TLSA|SSHFP)$/.test(name))) {
      const [answer] = Packet.parse(buffer(encodeMessage(messageOf([[type, text]]))))
        .answers as unknown as readonly Dns2Record[]
      expect(answer?.['data']).toBeInstanceOf(Buffer)
      expect(answer).not.toHaveProperty('priority')
      expect(answer).not.toHaveProperty('certificate')
    }
  })

  test('keeps size, DO, version, extended RCODE and EDE, but loses every other EDNS option', () => {
    const message = { ...messageOf([]), rcode: 16 }
    const after = throughDns2(message)
    expect(after.rcode).toBe(16)
    expect(after.edns).toMatchObject({ udpPayloadSize: 1232, version: 0, dnssecOk: true })
    expect(after.edns?.options).toEqual(message.edns?.options.filter(({ code }) => code === 15))
  })

  test('loses the letter case of names that repeat another', () => {
    const message = messageOf([['CNAME', 'WWW.Example.COM.']])
    expect(throughDns2(message).answers[0]?.rdata).toEqual({
      type: 'CNAME',
      target: 'www.example.com',
    })
  })

  test('splits labels that hold a dot', () => {
    const message = messageOf([['CNAME', 'a\\.b.example.com.']])
    expect(throughDns2(message).answers[0]?.rdata).toEqual({
      type: 'CNAME',
      target: 'a.b.example.com',
    })
  })

  test('damages TXT octets that are not UTF-8', () => {
    const message = messageOf([['TXT', '"\\255"']])
    expect(throughDns2(message).answers).not.toEqual(message.answers)
  })

  test('writes another address for IPv6 with a dotted tail', () => {
    const packet = new Packet()
    packet.answers.push({
      name: 'a',
      type: Packet.TYPE.AAAA,
      class: 1,
      ttl: 1,
      address: '::ffff:192.0.2.1',
    } as unknown as (typeof packet.answers)[number])
    const rdata = decodeMessage(packet.toBuffer()).answers[0]?.rdata
    expect(rdata?.type === 'AAAA' && rdata.address).not.toBe('::ffff:192.0.2.1')
  })

  test('compresses the target of SRV (RFC 2782 says not to)', () => {
    const ours = encodeMessage(messageOf([['SRV', '1 2 3 www.example.com.']]))
    const theirs = Packet.parse(buffer(ours)).toBuffer()
    expect(theirs.length).toBeLessThan(ours.length - 12)
  })
})
