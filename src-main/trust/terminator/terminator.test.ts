import { afterEach, expect, test } from 'vitest'
import { pinned, pinOf } from './testing/fake-pins.ts'
import { get } from './testing/proxy-client.ts'
import { domain, owner } from './testing/test-names.ts'
import {
  certificateFor,
  startOrigin,
  startSilentOrigin,
  type TestOrigin,
} from './testing/test-origin.ts'
import { publicAddress, startTestProxy, type TestProxy } from './testing/test-proxy.ts'

const open: (TestProxy | TestOrigin)[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

test('a page of the server its owner vouches for passes, with a certificate of ours', async () => {
  const certificate = certificateFor([domain])
  const origin = await startOrigin(certificate)
  const proxy = await startTestProxy()
  open.push(origin, proxy)
  proxy.ports.set(publicAddress, origin.port)
  proxy.pins.set(owner, pinned(pinOf(certificate.der)))
  const response = await get(proxy.port, domain, proxy.rootPem)
  expect(response).toMatchObject({ status: 200, body: '<h1>hello</h1>' })
  expect(proxy.observations.map(({ outcome }) => outcome)).toEqual(['allowed'])
})

test('another certificate is refused before one byte, and the reason is shown', async () => {
  const pinnedCertificate = certificateFor([domain])
  const forged = certificateFor([domain])
  const origin = await startSilentOrigin(forged)
  const proxy = await startTestProxy()
  open.push(origin, proxy)
  proxy.ports.set(publicAddress, origin.port)
  proxy.pins.set(owner, pinned(pinOf(pinnedCertificate.der)))
  const response = await get(proxy.port, domain, proxy.rootPem, '/secret')
  expect(response.status).toBe(502)
  expect(response.body).toContain('not the server its owner vouches for')
  expect(origin.seen).toMatchObject({ connections: 1, bytes: 0 })
  expect(proxy.observations.map(({ outcome }) => outcome)).toEqual(['blocked'])
})
