import { homedir } from 'node:os'
import type { CheckReport } from '../../src-preload/contract/model.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import type { dataFiles } from '../env/data-dir.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import { repeat } from '../env/repeat.ts'
import type { Service } from '../env/service.ts'
import { createExec, systemFolders } from '../host/exec.ts'
import { createProxySetting } from '../host/proxy-setting/proxy-setting.ts'
import { createTrustStores } from '../host/trust-stores/trust-stores.ts'
import type { OsSealer } from '../keys/keyring.ts'
import type { Publisher } from '../publish/publisher.ts'
import type { Database } from '../store/database.ts'
import { createLocalAuthority } from '../trust/authority/local-authority-service.ts'
import { readStaple } from '../trust/origin/read-staple.ts'
import { createOwnerCertificates } from '../trust/owner/owner-certificates-service.ts'
import type { OwnerCertificates } from '../trust/owner-certificates.ts'
import { createPinPolicy } from '../trust/pins/pin-policy-service.ts'
import { createTerminator } from '../trust/terminator/terminator-service.ts'
import { verifyName } from '../trust/verify/verify-name.ts'
import { createDirectProxy } from '../trust/window/direct-proxy.ts'
import { judgeWindow } from '../trust/window/judge-window.ts'
import { certificatePem } from '../trust/x509/pem.ts'
import {
  createCertificatesTable,
  type CertificateRow,
  type CertificatesTable,
} from './certificates-table.ts'
import type { NameServices } from './name-services.ts'
import {
  createOwnCertificateServices,
  type OwnCertificateServices,
} from './own-certificate-services.ts'
import type { RunSettings } from './run-settings.ts'
import { createTrustServices, type TrustServices } from './trust-services.ts'

interface HttpsServiceDeps {
  readonly database: Database
  readonly files: ReturnType<typeof dataFiles>
  readonly health: Health
  readonly settings: RunSettings
  readonly names: NameServices
  readonly publisher: Publisher
  readonly osSealer?: OsSealer | undefined
  /** Home folder whose browsers may be told to trust the authority. */
  readonly home?: string | undefined
  readonly serve: boolean
}
