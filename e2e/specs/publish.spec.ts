import { verifyEvent } from 'nostr-tools/pure'
import { appWindow } from '../pages/app-window.ts'
import { addressesOf } from '../support/dns-query.ts'
import { eventsOn } from '../support/relay-client.ts'
import { expect, ownAddress, test } from '../fixtures.ts'

test('one click on Publish: signed event on the relays, the name resolves, Names says why', async ({
  launch,
  relays,
  addressServices,
}) => {
  const app = await launch({ addressServices })
  const window = appWindow(await app.window())
  await window.createKey('Home', 'correct horse battery staple')
  await window.publishDetectedAddress()
  await expect(window.publishResult).toHaveAttribute('data-state', 'published')

  const [identity] = (await window.snapshot()).keys.identities
  if (identity === undefined) throw new Error('no identity')
  for (const relay of relays) {
    const events = await eventsOn(relay.url, { authors: [identity.pubkey], kinds: [31111] })
    expect(events).toHaveLength(1)
    const [event] = events
    expect(event !== undefined && verifyEvent(event)).toBe(true)
    expect(JSON.stringify(event)).toContain(ownAddress)
    expect(event?.tags).toContainEqual(['d', 'dns:@'])
    // The original proof of concept asks exactly this and takes the first event.
    const [poc] = await eventsOn(relay.url, {
      authors: [identity.pubkey],
      kinds: [30000],
      limit: 1,
    })
    expect(JSON.parse(poc?.content ?? '{}')).toEqual({ ip: ownAddress })
  }

  const name = `${identity.npub}.nostr`
  await expect.poll(() => addressesOf(app.ports.proxy, name)).toEqual([ownAddress])

  const detail = await window.openOnlyName()
  const [event] = await eventsOn(relays[0]?.url ?? '', {
    authors: [identity.pubkey],
    kinds: [31111],
  })
  await expect(detail).toContainText(ownAddress)
  await expect(detail).toContainText(event?.id.slice(0, 8) ?? 'an event id')
})

test('without a relay the publication is kept and sent when one comes back', async ({
  launch,
  relays,
  addressServices,
}) => {
  // Reconnection waits grow while a relay is away.
  test.slow()
  const app = await launch({ addressServices })
  const window = appWindow(await app.window())
  await Promise.all(relays.map((relay) => relay.stop()))
  await window.createKey('Home', 'correct horse battery staple')
  await window.publishDetectedAddress()
  await expect(window.publishResult).toHaveAttribute('data-state', 'queued', { timeout: 30_000 })
  const [identity] = (await window.snapshot()).keys.identities
  // What this computer published itself, it also answers itself.
  await expect
    .poll(() => addressesOf(app.ports.proxy, `${identity?.npub}.nostr`))
    .toEqual([ownAddress])

  const back = await Promise.all(relays.map((relay) => relay.restart()))
  const filter = { authors: [identity?.pubkey], kinds: [31111] }
  for (const { url } of back) {
    await expect.poll(async () => (await eventsOn(url, filter)).length, { timeout: 45_000 }).toBe(1)
  }
})
