import { readFile } from 'node:fs/promises'
import type { EngineClient } from '../../src-preload/contract/replies.ts'
import { AppError, ok, type Result } from '../env/errors.ts'
import { createLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { createDemoOrigin } from '../trust/origin/demo-origin.ts'
import type { OriginProfile } from '../trust/origin/demo-page.ts'
import { makeAltCertificate, type OriginCertificate } from '../trust/origin/origin-certificates.ts'
import { ensureUsable, withEngine, type CliContext } from './context.ts'
import { chooseIdentity } from './identity-choice.ts'
import { describePublication } from './publish.ts'
import { aborted } from './signals.ts'
import { exitCodes, report } from './terminal.ts'
import { flagOption, portOption, textOption, UsageError, type Verb } from './verb.ts'

export const httpsServerVerb: Verb = {
  name: 'https-server',
  summary: 'a demo HTTPS server whose certificate your key vouches for',
  usage: [
    'https-server [--port 4443] [--address ADDR] [--publish-address ADDR] [--as KEY]',
    'https-server --stapled [--port 4443]   the certificate carries your signed word for it',
    'https-server --alt [--port 4444]       the certificate key is your Nostr key (TLS 1.2, plain Node only)',
  ],
  options: {
    port: { type: 'string' },
    address: { type: 'string' },
    'publish-address': { type: 'string' },
    as: { type: 'string' },
    alt: { type: 'boolean' },
    stapled: { type: 'boolean' },
  },
  async run(context, positionals, values) {
    if (positionals.length > 0) throw new UsageError('this verb takes options only')
    const isAlt = flagOption(values, 'alt')
    const isStapled = flagOption(values, 'stapled')
    if (isAlt && isStapled) throw new UsageError('--alt and --stapled exclude each other')
    const profile: OriginProfile = isAlt ? 'alt' : isStapled ? 'stapled' : 'owner'
    const port = portOption(values, 'port') ?? (isAlt ? 4444 : 4443)

    const env = {
      clock: systemClock,
      random: systemRandom,
      log: createLogger(
        (record) => context.terminal.error(`${record.level}: ${record.message}`),
        'warn',
        () => systemClock.nowMs(),
      ),
    }
    return withEngine(context, async (client) => {
      const identity = await chooseIdentity(client, textOption(values, 'as'))
      await ensureUsable(context, client, identity)
      const { pubkey, npub } = identity
      const domain = `${npub}.nostr`
      const certificate = (): Promise<Result<OriginCertificate>> =>
        isAlt ? altCertificate(client, pubkey, env) : ownCertificate(client, pubkey, isStapled)
      const origin = createDemoOrigin(env, {
        profile,
        domain,
        address: textOption(values, 'address') ?? '0.0.0.0',
        port,
        certificate,
      })
      await origin.start()
      try {
        await publish(context, client, pubkey, {
          port: origin.port(),
          address: textOption(values, 'publish-address'),
          withCertificate: !isAlt,
        })
        report(context.terminal, { url: `https://${domain}:${origin.port()}/`, profile }, [
          `serving https://${domain}:${origin.port()}/ (${profile})`,
        ])
        await aborted(context.signal)
      } finally {
        await origin.stop()
      }
      return exitCodes.ok
    })
  },
}

async function altCertificate(
  client: EngineClient,
  pubkey: string,
  env: Parameters<typeof makeAltCertificate>[0],
): Promise<Result<OriginCertificate>> {
  const secret = await client.call('keys.export', { pubkey, form: 'hex' })
  if (!secret.ok) return secret
  return makeAltCertificate(env, {
    secretKey: Uint8Array.from(Buffer.from(secret.value.text, 'hex')),
    hosts: ['@'],
  })
}

/** The certificate of the apex, made when there is none yet. */
async function ownCertificate(
  client: EngineClient,
  pubkey: string,
  isStapled: boolean,
): Promise<Result<OriginCertificate>> {
  const snapshot = await client.call('state.snapshot', {})
  if (!snapshot.ok) return snapshot
  const held = snapshot.value.ownCertificates.find(
    (entry) => entry.pubkey === pubkey && entry.host === '@' && entry.role === 'current',
  )
  const made =
    held === undefined ? await client.call('ownCertificates.create', { pubkey }) : ok(held)
  if (!made.ok) return made
  const keyPem = await readFile(made.value.keyPath, 'utf8')
  if (!isStapled) {
    return ok({ keyPem, certificatePem: await readFile(made.value.certificatePath, 'utf8') })
  }
  const stapled = await client.call('ownCertificates.staple', { pubkey })
  return stapled.ok ? ok({ keyPem, certificatePem: stapled.value.certificatePem }) : stapled
}

async function publish(
  context: CliContext,
  client: EngineClient,
  pubkey: string,
  what: {
    readonly port: number
    readonly address: string | undefined
    readonly withCertificate: boolean
  },
): Promise<void> {
  const published = await client.call('publish.address', {
    pubkey,
    ...(what.address === undefined ? {} : { addresses: [what.address] }),
  })
  if (!published.ok) throw new AppError(published.error)
  const pinned = what.withCertificate
    ? await client.call('ownCertificates.publish', { pubkey, ports: [443, what.port] })
    : published
  if (!pinned.ok) throw new AppError(pinned.error)
  if (!context.terminal.json) {
    for (const line of describePublication(pinned.value)) context.terminal.line(line)
  }
}
