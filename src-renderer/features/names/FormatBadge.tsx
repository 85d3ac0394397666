import { ShieldCheck } from 'lucide-react'
import { formatText } from '../../text/names.ts'
import { Badge } from '../../ui/Badge.tsx'

const tones = { strong: 'ok', fair: 'neutral', weak: 'warning' } as const

/** The format in a word; weaker formats look weaker. */
export function FormatBadge({ format }: { readonly format: string }) {
  const { label, strength, explanation } = formatText(format)
  return (
    <Badge tone={tones[strength]} title={explanation}>
      {strength === 'strong' && <ShieldCheck aria-hidden="true" />}
      {label}
    </Badge>
  )
}
