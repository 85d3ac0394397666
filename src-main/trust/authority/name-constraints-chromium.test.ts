/** The Chromium column of specs/tls-trust.md s.3, in one run of a real Chromium. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram, hasPrograms } from '../../env/testing/programs.ts'
import { newKey } from '../x509/new-key.ts'
import { openChromium, trustInChromium } from '../x509/testing/chromium.ts'
import { makeTestRoot, signTestLeaf, testLeaves } from './testing/test-chains.ts'

const chromium = findProgram('chromium')
const rootNames = ['A', 'B', 'C', 'D', 'E'] as const
const key = newKey()

interface Origin {
  readonly server: Server
  readonly url: string
  /** `<root>: <leaf>` */
  readonly title: string
  readonly isAccepted: boolean
}

async function listen(server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Fetches every URL and posts which of them answered. */
const page = (urls: readonly string[]): string => `<!doctype html><title>matrix</title><script>
  const ask = (url) => fetch(url).then((r) => r.text()).then((t) => t === 'hello', () => false)
  Promise.all(${JSON.stringify(urls)}.map(ask)).then((answers) =>
    fetch('/answers', { method: 'POST', body: JSON.stringify(answers) }))
</script>`

describe.skipIf(!hasPrograms(['chromium', 'certutil']))('Chromium', () => {
  let home: string
  let hub: HttpServer
  let origins: Origin[]
  let answers: readonly boolean[]

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'nostr-dns-chromium-'))
    const roots = rootNames.map((name) => [name, makeTestRoot(name)] as const)
    await trustInChromium(
      home,
      roots.map(([, root]) => root.rootPem),
    )
    origins = []
    for (const [name, root] of roots) {
      for (const leaf of testLeaves) {
        const server = createServer(
          {
            key: key.export({ type: 'pkcs8', format: 'pem' }),
            cert: signTestLeaf(root, leaf, key) + root.issuerPem,
          },
          (_request, response) => {
            response.writeHead(200, { 'access-control-allow-origin': '*' }).end('hello')
          },
        )
        const port = await listen(server)
        // Chromium never looks at a common name: without SAN nothing is accepted.
        const isAccepted = leaf.names !== undefined && leaf.acceptedUnder.includes(name)
        const url = `https://${leaf.target}:${port}/`
        origins.push({ server, url, title: `${name}: ${leaf.title}`, isAccepted })
      }
    }
    const answered = new Promise<string>((resolve) => {
      hub = createHttpServer((request, response) => {
        if (request.method !== 'POST') {
          response.setHeader('content-type', 'text/html')
          response.end(page(origins.map(({ url }) => url)))
          return
        }
        let body = ''
        request.on('data', (chunk: Buffer) => (body += chunk.toString()))
        request.on('end', () => {
          response.end()
          resolve(body)
        })
      })
    })
    const port = await listen(hub)
    const close = openChromium(chromium ?? '', home, `http://127.0.0.1:${port}/`)
    try {
      answers = JSON.parse(await answered) as readonly boolean[]
    } finally {
      await close()
    }
  }, 90_000)

  afterAll(async () => {
    for (const server of [hub, ...origins.map((origin) => origin.server)]) {
      server.closeAllConnections()
      server.close()
    }
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  })

  it('accepts and refuses exactly what it should', () => {
    const seen = origins.map(({ title }, index) => [title, answers[index]])
    expect(Object.fromEntries(seen)).toEqual(
      Object.fromEntries(origins.map(({ title, isAccepted }) => [title, isAccepted])),
    )
  })
})
