import { Ellipsis, EyeOff, FileSignature, KeyRound, RefreshCw, Send, Trash2 } from 'lucide-react'
import type { Identity, OwnCertificateView } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { formatDate, shortName } from '../../../text/format.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { CopyLine } from '../../../ui/CopyLine.tsx'
import { Fact, Facts } from '../../../ui/Facts.tsx'
import { IconButton } from '../../../ui/IconButton.tsx'
import { KeyText } from '../../../ui/KeyText.tsx'
import { Menu } from '../../../ui/Menu.tsx'
import { Notice } from '../../../ui/Notice.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { hostKey, hostTitle, validityOf, type OwnHost } from './own-hosts.ts'
import styles from './OwnHostItem.module.css'

const words = text.ownCertificates
const roleTones = { current: 'accent', next: 'neutral', previous: 'neutral' } as const

interface OwnHostItemProps {
  readonly host: OwnHost
  readonly owner: Identity | undefined
  /** Several identities: say whose this is. */
  readonly hasOthers: boolean
  readonly onPublish: () => void
  readonly onRotate: () => void
  readonly onStaple: () => void
  readonly onWithdraw: () => void
  readonly onRemove: () => void
}

/** One host with its certificate, or certificates while its key changes. */
export function OwnHostItem(props: OwnHostItemProps) {
  const { host, owner, hasOthers, onPublish, onRotate, onStaple, onWithdraw, onRemove } = props
  const title = hostTitle(host)
  const nowMs = useNow(60_000)
  const isPending = usePending(hostKey(host))
  const { calls, toasts } = useServices()
  const inUse = host.certificates.filter(({ role }) => role !== 'previous')
  const isAllPublished = inUse.every(({ isPublished }) => isPublished)
  const validity = validityOf(host.current, nowMs)

  const renew = async (): Promise<void> => {
    const { pubkey } = host
    const target = { pubkey, host: host.host }
    const result = await calls.call('ownCertificates.renew', target, hostKey(host))
    if (!result.ok) toasts.showProblem(result.error)
    else {
      toasts.show({ tone: 'ok', title: words.renew.done(title), detail: words.renew.doneDetail })
    }
  }

  return (
    <li className={styles['item']} data-testid="own-certificate-row">
      <div className={styles['head']}>
        <h3 className={styles['name']} title={host.current.names[0]}>
          {title}
        </h3>
        {hasOthers && owner !== undefined && <Badge>{owner.label}</Badge>}
        <span className={styles['actions']}>
          {validity.state === 'ok' && (
            <Button
              icon={RefreshCw}
              variant="quiet"
              isPending={isPending}
              onClick={() => void renew()}
            >
              {words.renew.action}
            </Button>
          )}
          <Button icon={Send} variant={isAllPublished ? 'quiet' : 'primary'} onClick={onPublish}>
            {isAllPublished ? words.publish.again : words.publish.action}
          </Button>
          <Menu
            trigger={<IconButton icon={Ellipsis} label={words.moreFor(title)} />}
            items={[
              {
                label: host.next === undefined ? words.rotate.action : words.rotate.second,
                icon: KeyRound,
                onSelect: onRotate,
              },
              { label: words.staple.action, icon: FileSignature, onSelect: onStaple },
              ...(host.certificates.some(({ isPublished }) => isPublished)
                ? [{ label: words.withdraw.action, icon: EyeOff, onSelect: onWithdraw }]
                : []),
              {
                label: words.remove.action,
                icon: Trash2,
                isDangerous: true,
                onSelect: onRemove,
              },
            ]}
          />
        </span>
      </div>
      {validity.state !== 'ok' && (
        <Notice
          tone={validity.state === 'expired' ? 'danger' : 'warning'}
          title={validity.state === 'expired' ? words.expired : words.soon(validity.days)}
          testId="expiry-notice"
          actions={
            <Button icon={RefreshCw} isPending={isPending} onClick={() => void renew()}>
              {words.renew.action}
            </Button>
          }
        >
          {words.expiryHint}
        </Notice>
      )}
      {host.next !== undefined && (
        <Notice
          tone="info"
          title={words.rotate.pending}
          testId="rotation-notice"
          actions={
            isAllPublished ? (
              <Button onClick={onRotate}>{words.rotate.second}</Button>
            ) : (
              <Button onClick={onPublish}>{words.publish.action}</Button>
            )
          }
        >
          {isAllPublished ? words.rotate.pendingWait : words.rotate.pendingPublish}
        </Notice>
      )}
      <ul className={styles['certificates']}>
        {host.certificates.map((held) => (
          <li key={`${held.role} ${held.spkiSha256}`} className={styles['certificate']}>
            <Certificate held={held} isAlone={host.certificates.length === 1} nowMs={nowMs} />
          </li>
        ))}
      </ul>
    </li>
  )
}

interface CertificateProps {
  readonly held: OwnCertificateView
  /** The only one of its host: its role says nothing. */
  readonly isAlone: boolean
  readonly nowMs: number
}

function Certificate({ held, isAlone, nowMs }: CertificateProps) {
  const { role, isPublished, names, spkiSha256, validFrom, validTo } = held
  const { days, state } = validityOf(held, nowMs)
  return (
    <>
      <p className={styles['badges']}>
        {!isAlone && (
          <Badge tone={roleTones[role]} title={words.roleHints[role]}>
            {words.roles[role]}
          </Badge>
        )}
        {isPublished ? (
          <Badge tone={role === 'previous' ? 'warning' : 'ok'} title={words.publishedHint}>
            {words.published}
          </Badge>
        ) : (
          role !== 'previous' && (
            <Badge tone="warning" title={words.notPublishedHint}>
              {words.notPublished}
            </Badge>
          )
        )}
      </p>
      <Facts>
        <Fact term={words.names}>
          <ul>
            {names.map((name) => (
              <li key={name} title={name}>
                {shortName(name)}
              </li>
            ))}
          </ul>
        </Fact>
        <Fact term={words.key}>
          <KeyText value={spkiSha256} what={words.hashWhat} />
        </Fact>
        <Fact term={words.validity}>
          {words.validityText(formatDate(validFrom * 1000), formatDate(validTo * 1000))} ·{' '}
          <span className={styles[state]}>
            {state === 'expired' ? words.expired : words.days(days)}
          </span>
        </Fact>
        <Fact term={words.certificateFile}>
          <CopyLine value={held.certificatePath} what={words.certificateFile.toLowerCase()} />
        </Fact>
        <Fact term={words.keyFile} explanation={words.keyFileHint}>
          <CopyLine value={held.keyPath} what={words.keyFile.toLowerCase()} />
        </Fact>
      </Facts>
    </>
  )
}
