import { writeOpt } from '../cache/render-answer.ts'
import { bitCd, bitRd, fold, headerLength } from '../packet-layout.ts'
import { shapeCheckingDisabled, shapeDnssecOk } from '../query-scanner.ts'
import type { RandomPool } from './random-pool.ts'
import type { UpstreamQuestion } from './upstream.ts'

const noOptions = new Uint8Array(0)

/**
 * Writes a query of our own for the question into `packet` and returns its length. Its id is 0, and
 * it has nothing of the client's packet but name, type, DO and
 * CD. With `random` the case of the name is mixed (0x20, draft-vixie-dnsext-dns0x20).
 */
export function buildUpstreamQuery(
  question: UpstreamQuestion,
  random: RandomPool | undefined,
  useEdns: boolean,
  packet: Uint8Array,
): number {
  const { query, key } = question
  packet[0] = 0
  packet[1] = 0
  packet[2] = bitRd
  packet[3] = key.shape & shapeCheckingDisabled ? bitCd : 0
  packet[4] = 0
  packet[5] = 1
  packet.fill(0, 6, 11)
  packet[11] = useEdns ? 1 : 0
  for (let at = headerLength; at < key.questionEnd; at += 1) packet[at] = query[at] ?? 0
  foldName(packet, key.questionEnd - 4, random)
  return useEdns
    ? writeOpt(packet, key.questionEnd, (key.shape & shapeDnssecOk) !== 0, 0, noOptions)
    : key.questionEnd
}

/** Lower-cases the name at offset 12, or gives each letter a random case. */
function foldName(packet: Uint8Array, nameEnd: number, random: RandomPool | undefined): void {
  let bits = 0
  let left = 0
  // Length octets are below 64, so that folding never touches them.
  for (let at = headerLength; at < nameEnd; at += 1) {
    const octet = fold[packet[at] ?? 0] ?? 0
    packet[at] = octet
    if (!random || octet < 0x61 || octet > 0x7a) continue
    if (left === 0) {
      bits = random.octet()
      left = 8
    }
    if (bits & 1) packet[at] = octet - 0x20
    bits >>>= 1
    left -= 1
  }
}

/**
 * How the question of a response compares with the one sent: `same` octet by octet, `other-case`,
 * or `different`.
 */
export function compareQuestion(
  sent: Uint8Array,
  received: Uint8Array,
  questionEnd: number,
): 'same' | 'other-case' | 'different' {
  let verdict: 'same' | 'other-case' = 'same'
  for (let at = headerLength; at < questionEnd; at += 1) {
    const a = sent[at] ?? 0
    const b = received[at] ?? 0
    if (a === b) continue
    if (fold[a] !== fold[b]) return 'different'
    verdict = 'other-case'
  }
  return verdict
}
