import { useEffect, useState } from 'react'
import type { Result } from '../../../src-main/env/errors.ts'
import type { PkarrMeasure } from '../../../src-preload/contract/pkarr-model.ts'
import { useServices } from '../../state/window-context.ts'
import { readRows, type RecordRow, type RowRules } from '../records/record-rows.ts'

/** After the last key press, so that a word is measured once. */
const pauseMs = 250

/**
 * How the rows would be sent, measured by the engine while they are edited. Rows without data are
 * not begun yet and do not count. Undefined until the first answer; while the rows are plainly
 * wrong, the last measure stays.
 */
export function useMeasure(
  key: string,
  rows: readonly RecordRow[],
  rules: RowRules,
): Result<PkarrMeasure> | undefined {
  const { calls } = useServices()
  const [measure, setMeasure] = useState<Result<PkarrMeasure>>()
  useEffect(() => {
    const read = readRows(
      rows.filter(({ rdata }) => rdata.trim() !== ''),
      rules,
    )
    if ('error' in read) return undefined
    let isOver = false
    const timer = setTimeout(() => {
      void calls.call('pkarr.measure', { key, records: read.records }).then((result) => {
        if (!isOver) setMeasure(result)
      })
    }, pauseMs)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [calls, key, rows, rules])
  return measure
}
