import { classNames } from './class-names.ts'
import { sparklinePaths } from './sparkline-path.ts'
import styles from './Sparkline.module.css'

interface SparklineProps {
  readonly values: readonly number[]
  /** Spoken summary of the curve. */
  readonly label: string
  readonly className?: string | undefined
}

const width = 240
const height = 48

/** A filled curve of recent values, as inline SVG. */
export function Sparkline({ values, label, className }: SparklineProps) {
  const { line, area } = sparklinePaths(values, width, height)
  return (
    <svg
      className={classNames(styles['sparkline'], className)}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
    >
      <title>{label}</title>
      <path className={styles['area']} d={area} />
      <path className={styles['line']} d={line} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
