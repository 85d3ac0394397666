import { useMemo } from 'react'
import { encode } from 'uqr'
import { qrPath } from './qr-path.ts'
import styles from './QrCode.module.css'

/** A QR code of `value`, dark on white in both themes, because scanners expect it so. */
export function QrCode({ value, label }: { readonly value: string; readonly label: string }) {
  const { size, path } = useMemo(() => {
    const { size: modules, data } = encode(value, { ecc: 'M', border: 2 })
    return { size: modules, path: qrPath(data) }
  }, [value])
  return (
    <svg className={styles['qr']} viewBox={`0 0 ${size} ${size}`}>
      <title>{label}</title>
      <path d={path} shapeRendering="crispEdges" />
    </svg>
  )
}
