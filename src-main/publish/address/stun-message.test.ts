import { describe, expect, test } from 'vitest'
import { decodeBindingResponse, encodeBindingRequest } from './stun-message.ts'

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/gu, ''), 'hex'))

const transactionId = hex('b7e7a701bc34d686fa87dfae')

/** RFC 5769 s.2.2 and s.2.3. */
const rfc5769 = {
  v4: hex(`0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
    00200008 0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
    80280004 c07d4c96`),
  v6: hex(`01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
    00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1
    1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`),
}

/** A response of `type` with the given attribute bytes. */
function response(type: string, attributes: string): Uint8Array {
  const body = hex(attributes)
  const length = body.length.toString(16).padStart(4, '0')
  return Uint8Array.from([...hex(`${type}${length}2112a442`), ...transactionId, ...body])
}

describe('Binding request', () => {
  test('is a header with the magic cookie and the transaction id', () => {
    expect(encodeBindingRequest(transactionId)).toEqual(
      hex('00010000 2112a442 b7e7a701bc34d686fa87dfae'),
    )
  })
})

describe('Binding response', () => {
  test.each([
    ['RFC 5769 s.2.2', rfc5769.v4, '192.0.2.1'],
    ['RFC 5769 s.2.3', rfc5769.v6, '2001:db8:1234:5678:11:2233:4455:6677'],
    ['RFC 3489 MAPPED-ADDRESS', response('0101', '00010008 0001 1234 cb007105'), '203.0.113.5'],
  ])('%s gives the address', (_name, message, address) => {
    expect(decodeBindingResponse(message, transactionId)).toEqual({ kind: 'address', address })
  })

  test.each([
    ['error 420', response('0111', '00090004 00000414'), 'STUN error 420'],
    ['no address attribute', response('0101', '80220000'), 'STUN response without an address'],
    ['unknown family', response('0101', '00200008 0003 0000 01020304'), 'STUN response without'],
    ['short address', response('0101', '00200006 0001 0000 0102 0000'), 'STUN response without'],
  ])('%s is an error', (_name, message, reason) => {
    const decoded = decodeBindingResponse(message, transactionId)
    expect(decoded).toMatchObject({ kind: 'error', reason: expect.stringContaining(reason) })
  })

  test.each([
    ['empty', new Uint8Array()],
    ['another transaction', rfc5769.v4.with(19, 0)],
    ['no magic cookie', rfc5769.v4.with(4, 0)],
    ['a request', rfc5769.v4.with(0, 0)],
    ['length beyond the datagram', rfc5769.v4.with(3, 0xff)],
    ['cut off', rfc5769.v4.subarray(0, 50)],
    ['attribute beyond the message', response('0101', '00200040 00010000')],
    ['half an attribute header', response('0101', '0020')],
  ])('%s is ignored', (_name, message) => {
    expect(decodeBindingResponse(message, transactionId)).toBeUndefined()
  })
})
