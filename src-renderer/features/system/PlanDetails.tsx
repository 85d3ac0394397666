import type { SystemPlan } from '../../../src-preload/contract/system-model.ts'
import { text } from '../../text/catalogue.ts'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { Fact, Facts } from '../../ui/Facts.tsx'
import styles from './System.module.css'

const words = text.system.plan

/** Every file, command and undo of a plan, as they are. */
export function PlanDetails({ plan }: { readonly plan: SystemPlan }) {
  const { title, suffixes, port, files, commands, undo, byHand } = plan
  return (
    <div className={styles['plan']}>
      <Facts>
        <Fact term={words.how}>{title}</Fact>
        <Fact term={words.names}>{words.namesText(suffixes)}</Fact>
        <Fact term={words.to}>
          <code>127.0.0.1:{port}</code>
        </Fact>
      </Facts>
      <h3 className={styles['heading']}>{words.files}</h3>
      {files.length === 0 ? (
        <p className={styles['muted']}>{words.noFiles}</p>
      ) : (
        <ul className={styles['files']}>
          {files.map(({ path, content }) => (
            <li key={path}>
              <code className={styles['path']}>{path}</code>
              <CodeBlock label={words.fileLabel(path)}>{content}</CodeBlock>
            </li>
          ))}
        </ul>
      )}
      <h3 className={styles['heading']}>{words.commands}</h3>
      {commands.length === 0 ? (
        <p className={styles['muted']}>{words.noCommands}</p>
      ) : (
        <CodeBlock label={words.commands}>{commands.join('\n')}</CodeBlock>
      )}
      <h3 className={styles['heading']}>{words.undo}</h3>
      <CodeBlock label={words.undo}>{undo.join('\n')}</CodeBlock>
      <Disclosure label={words.byHand}>
        <p className={styles['muted']}>{words.byHandText}</p>
        <CodeBlock label={words.byHand} copyWhat={text.system.attempts.command}>
          {byHand}
        </CodeBlock>
      </Disclosure>
    </div>
  )
}
