import { classNames } from '../ui/class-names.ts'
import { StateDot } from '../ui/Badge.tsx'
import { resolutionState } from '../features/overview/resolution-state.ts'
import { useNavigate, useWindow } from '../state/window-context.ts'
import { text } from '../text/catalogue.ts'
import { Logo } from './Logo.tsx'
import { screens } from './screens.ts'
import styles from './Sidebar.module.css'

const shortStates = {
  on: ['ok', text.shell.resolutionShort.on],
  off: ['neutral', text.shell.resolutionShort.off],
  problem: ['warning', text.shell.resolutionShort.problem],
  starting: ['neutral', text.shell.resolutionShort.starting],
  unavailable: ['danger', text.shell.resolutionShort.unavailable],
} as const

export function Sidebar() {
  const view = useWindow((state) => state.view)
  const navigate = useNavigate()
  return (
    <div className={styles['sidebar']}>
      <header className={styles['brand']}>
        <Logo className={styles['logo']} />
        <span className={styles['name']}>{text.shell.appName}</span>
      </header>
      <nav aria-label={text.shell.navigation}>
        <ul className={styles['list']}>
          {screens.map(({ id, label, icon: Icon }) => (
            <li key={id}>
              <button
                type="button"
                className={classNames(styles['item'], id === view && styles['current'])}
                aria-current={id === view ? 'page' : undefined}
                title={label}
                data-testid={`nav-${id}`}
                onClick={() => navigate(id)}
              >
                <Icon aria-hidden="true" />
                <span className={styles['label']}>{label}</span>
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <SidebarFoot />
    </div>
  )
}

function SidebarFoot() {
  const snapshot = useWindow((state) => state.snapshot)
  const engine = useWindow((state) => state.engine)
  const version = snapshot?.version
  const [tone, word] = shortStates[resolutionState(snapshot, engine).level]
  return (
    <footer className={styles['foot']}>
      <StateDot tone={tone}>
        <span className={styles['label']}>{word}</span>
      </StateDot>
      {version !== undefined && (
        <span className={styles['version']}>{text.shell.version(version)}</span>
      )}
    </footer>
  )
}
