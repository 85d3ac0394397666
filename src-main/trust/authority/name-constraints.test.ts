/** The matrix of specs/tls-trust.md s.3: what the constraints are worth in other people's clients. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey } from '../x509/new-key.ts'
import { runTool } from '../x509/testing/run-tool.ts'
import {
  makeTestRoot,
  signTestLeaf,
  testLeaves,
  type RootName,
  type TestLeaf,
  type TestRoot,
} from './testing/test-chains.ts'

const key = newKey()
const keyPem = key.export({ type: 'pkcs8', format: 'pem' })

let folder: string
let server: Server
let port: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-matrix-'))
  server = createServer((_request, response) => response.end('hello'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await rm(folder, { recursive: true, force: true })
})

const isAddress = (target: string): boolean => target === '127.0.0.1'

/** Whether each client accepts a server with `leafPem`, trusting only the root. */
async function accepts(
  rootName: RootName,
  root: TestRoot,
  leaf: TestLeaf,
  leafPem: string,
): Promise<Readonly<Record<'openssl' | 'curl' | 'node', boolean>>> {
  const paths = {
    root: join(folder, `${rootName}.root.pem`),
    issuer: join(folder, `${rootName}.issuer.pem`),
    leaf: join(folder, `${rootName}.leaf.pem`),
  }
  await writeFile(paths.root, root.rootPem)
  await writeFile(paths.issuer, root.issuerPem)
  await writeFile(paths.leaf, leafPem)
  server.setSecureContext({ key: keyPem, cert: leafPem + root.issuerPem })
  return {
    openssl: await opensslAccepts(paths, leaf.target),
    curl: await curlAccepts(paths.root, leaf.target),
    node: await nodeAccepts(root.rootPem, leaf.target),
  }
}

async function opensslAccepts(
  paths: { readonly root: string; readonly issuer: string; readonly leaf: string },
  target: string,
): Promise<boolean> {
  const wanted = isAddress(target) ? ['-verify_ip', target] : ['-verify_hostname', target]
  const chain = ['-CAfile', paths.root, '-untrusted', paths.issuer]
  const run = await runTool('openssl', [
    ...['verify', '-x509_strict', '-purpose', 'sslserver', '-no-CApath'],
    ...[...chain, ...wanted, paths.leaf],
  ])
  return run.code === 0
}

async function curlAccepts(rootPath: string, target: string): Promise<boolean> {
  const run = await runTool('curl', [
    ...['--silent', '--show-error', '--noproxy', '*', '--cacert', rootPath],
    ...['--resolve', `${target}:${port}:127.0.0.1`, `https://${target}:${port}/`],
  ])
  if (run.code === 0) expect(run.text).toBe('hello')
  // 60: the server's certificate was not accepted. Anything else is a broken test.
  else expect(run).toMatchObject({ code: 60 })
  return run.code === 0
}

async function nodeAccepts(rootPem: string, target: string): Promise<boolean> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: rootPem,
    ...(isAddress(target) ? {} : { servername: target }),
  })
  try {
    await once(socket, 'secureConnect')
    return socket.authorized
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

describe.each(['A', 'B', 'C', 'D', 'E'] as const)('under root %s', (rootName) => {
  const root = makeTestRoot(rootName)

  it.each(testLeaves.map((leaf) => [leaf.title, leaf] as const))('%s', async (_title, leaf) => {
    const isAccepted = leaf.acceptedUnder.includes(rootName)
    expect(await accepts(rootName, root, leaf, signTestLeaf(root, leaf, key))).toEqual({
      openssl: isAccepted,
      curl: isAccepted,
      node: isAccepted,
    })
  })
})
