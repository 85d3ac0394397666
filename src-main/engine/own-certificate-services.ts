import { readFile } from 'node:fs/promises'
import type { OwnCertificateView } from '../../src-preload/contract/model.ts'
import { fail, type Result } from '../env/errors.ts'
import type { PubkeyHex } from '../names/name.ts'
import type { Publisher, PublishReport } from '../publish/publisher.ts'
import type { OwnCertificate, OwnerCertificates } from '../trust/owner-certificates.ts'
import { decodeCertificatePem } from '../trust/x509/pem.ts'

/** Certificates of the user's own servers, and what is published of them. */
export interface OwnCertificateServices {
  list(): readonly OwnCertificateView[]
  publish(
    pubkey: PubkeyHex,
    host: string,
    options: {
      readonly ports: readonly number[]
      readonly includeCertificate: boolean
      readonly signal: AbortSignal
    },
  ): Promise<Result<PublishReport>>
  /** Takes every pin of `host` back. */
  withdraw(pubkey: PubkeyHex, host: string, signal: AbortSignal): Promise<Result<PublishReport>>
  view(certificate: OwnCertificate): OwnCertificateView
}

export function createOwnCertificateServices(
  certificates: OwnerCertificates,
  publisher: Publisher,
): OwnCertificateServices {
  const isPublished = ({ pubkey, spkiSha256 }: OwnCertificate): boolean =>
    publisher
      .hosts()
      .some(
        (host) =>
          host.pubkey === pubkey &&
          !host.isWithdrawn &&
          host.records.some(
            ({ type, rdata }) => type === 'TLSA' && rdata.toLowerCase().includes(spkiSha256),
          ),
      )

  const view = (certificate: OwnCertificate): OwnCertificateView => {
    const { certificateSha256: _sha, ...shown } = certificate
    return { ...shown, isPublished: isPublished(certificate) }
  }

  return {
    view,
    list: () => certificates.list().map(view),
    withdraw: (pubkey, host, signal) => publisher.withdrawCertificate(pubkey, host, signal),
    async publish(pubkey, host, { ports, includeCertificate, signal }) {
      const held = certificates
        .list()
        .filter((entry) => entry.pubkey === pubkey && entry.host === host)
        .filter(({ role }) => role !== 'previous')
        .toSorted((a, b) => rank[a.role] - rank[b.role])
      if (held.length === 0) {
        return fail(
          'certificates.none',
          `There is no certificate for ${host} yet.`,
          'Make one first.',
        )
      }
      const toPublish = []
      for (const { spkiSha256, certificatePath } of held) {
        const der = decodeCertificatePem(await readFile(certificatePath, 'utf8').catch(() => ''))
        if (der === undefined) {
          return fail(
            'certificates.unreadable',
            `The certificate file ${certificatePath} is missing or damaged.`,
            'Renew the certificate: its key and so its pin stay the same.',
          )
        }
        toPublish.push({ spkiSha256, der: der.toString('base64') })
      }
      return publisher.publishCertificate(pubkey, host, toPublish, {
        ports,
        includeDer: includeCertificate,
        signal,
      })
    },
  }
}

const rank: Readonly<Record<OwnCertificate['role'], number>> = { current: 0, next: 1, previous: 2 }
