import { Plus, Trash2 } from 'lucide-react'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { IconButton } from '../../ui/IconButton.tsx'
import { emptyRow, type RecordRow } from './record-rows.ts'
import styles from './RecordRows.module.css'

const words = text.publish.editor
const types = ['A', 'AAAA', 'CNAME', 'TXT', 'MX', 'SRV', 'TLSA', 'HTTPS', 'SVCB', 'CAA', 'SSHFP']

interface RecordRowsProps {
  readonly rows: readonly RecordRow[]
  /** Of a new record, and in the place of an empty name. */
  readonly defaultName: string
  /** What it means that there are none. */
  readonly emptyText: string
  readonly onChange: (rows: readonly RecordRow[]) => void
}

/** Records to edit, add and take away. */
export function RecordRows({ rows, defaultName, emptyText, onChange }: RecordRowsProps) {
  const { columns } = words
  const change = (key: number, part: Partial<RecordRow>): void => {
    onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)))
  }
  const addRow = (): void => {
    const key = Math.max(-1, ...rows.map((row) => row.key)) + 1
    onChange([...rows, emptyRow(defaultName, key)])
  }
  return (
    <>
      {rows.length === 0 ? (
        <p className={styles['none']}>{emptyText}</p>
      ) : (
        <ul className={styles['rows']}>
          <li className={styles['head']} aria-hidden="true">
            <span>{columns.name}</span>
            <span>{columns.type}</span>
            <span>{columns.rdata}</span>
            <span>{columns.ttl}</span>
            <span />
          </li>
          {rows.map((row, index) => (
            <EditorRow
              key={row.key}
              row={row}
              number={index + 1}
              placeholder={defaultName}
              onChange={(part) => change(row.key, part)}
              onRemove={() => onChange(rows.filter(({ key }) => key !== row.key))}
            />
          ))}
        </ul>
      )}
      <div>
        <Button icon={Plus} variant="quiet" onClick={addRow}>
          {words.addRow}
        </Button>
      </div>
    </>
  )
}

interface EditorRowProps {
  readonly row: RecordRow
  readonly number: number
  readonly placeholder: string
  readonly onChange: (part: Partial<RecordRow>) => void
  readonly onRemove: () => void
}

function EditorRow({ row, number, placeholder, onChange, onRemove }: EditorRowProps) {
  const { columns } = words
  const label = (column: keyof typeof columns): string => words.row(columns[column], number)
  const known = types.includes(row.type) ? types : [row.type, ...types]
  return (
    <li className={styles['row']}>
      <TextField
        label={label('name')}
        isLabelHidden
        isMono
        placeholder={placeholder || columns.name}
        value={row.name}
        onChange={(name) => onChange({ name })}
      />
      <SelectField
        label={label('type')}
        isLabelHidden
        value={row.type}
        options={known.map((value) => ({ value, label: value }))}
        onChange={(type) => onChange({ type })}
      />
      <TextField
        label={label('rdata')}
        isLabelHidden
        isMono
        placeholder={columns.rdata}
        value={row.rdata}
        onChange={(rdata) => onChange({ rdata })}
      />
      <TextField
        label={label('ttl')}
        isLabelHidden
        inputMode="numeric"
        placeholder={columns.ttl}
        title={columns.ttl}
        value={row.ttl}
        onChange={(ttl) => onChange({ ttl })}
      />
      <IconButton icon={Trash2} label={words.removeRow(number)} onClick={onRemove} />
    </li>
  )
}
