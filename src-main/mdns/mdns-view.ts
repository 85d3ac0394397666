/** What front ends see of the responder, from what its links know. Pure. */
import type { MdnsView } from '../../src-preload/contract/system-model.ts'
import type { LinkResponder } from './link-responder.ts'
import type { ClaimView } from './name-claims.ts'

type LinkState = Pick<LinkResponder, 'link' | 'view' | 'problems' | 'isWorking'>
type NameView = MdnsView['names'][number]

/** The view of `links`; `names` are those that should be announced. */
export function mdnsView(
  isOn: boolean,
  names: readonly string[],
  links: readonly LinkState[],
): MdnsView {
  if (!isOn) return { state: 'off', interfaces: [], names: [] }
  const working = links.filter((link) => link.isWorking())
  const [problem] = links.flatMap((link) => link.problems())
  return {
    state: links.length > 0 && working.length === 0 ? 'failed' : 'running',
    ...(problem === undefined ? {} : { problem }),
    interfaces: working.map((link) => ({
      name: link.link().name,
      addresses: link.link().addresses.map(({ address }) => address),
    })),
    names: names.map((name) => nameView(name, working)),
  }
}

/** The worst of what the links say of `name`: a conflict on one network is what to know. */
function nameView(name: string, links: readonly LinkState[]): NameView {
  const claims = links.flatMap((link) =>
    link
      .view()
      .filter((claim) => claim.name === name)
      .map((claim) => ({ claim, on: link.link().name })),
  )
  const lost = claims.find(({ claim }) => claim.state === 'conflict')
  if (lost !== undefined) return { name, state: 'conflict', detail: lossText(lost.claim, lost.on) }
  if (claims.length === 0) return { name, state: 'probing', detail: 'Waiting for a network.' }
  const isAnnounced = claims.every(({ claim }) => claim.state === 'announced')
  return { name, state: isAnnounced ? 'announced' : 'probing' }
}

function lossText({ rival }: ClaimView, on: string): string {
  return (
    `The device at ${rival ?? 'an unknown address'} on ${on} already answers to this name. ` +
    'A name that is a key cannot be changed, so this computer stays silent there and asks again ' +
    'every two minutes. If the other device is not yours, it only pretends to have your key.'
  )
}
