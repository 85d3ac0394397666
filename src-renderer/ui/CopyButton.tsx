import { useEffect, useState } from 'react'
import { Check, Copy } from 'lucide-react'
import { useServices } from '../state/window-context.ts'
import { text as words } from '../text/catalogue.ts'
import { IconButton } from './IconButton.tsx'

const confirmMs = 1600

interface CopyButtonProps {
  /** What goes to the clipboard. */
  readonly text: string
  /** What it is, for the button's spoken name: `npub`, `address`. */
  readonly what: string
}

export function CopyButton({ text, what }: CopyButtonProps) {
  const { api } = useServices()
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return undefined
    const timer = setTimeout(() => setCopied(false), confirmMs)
    return () => clearTimeout(timer)
  }, [isCopied])

  const copy = async (): Promise<void> => {
    await api.shell.copyText(text)
    setCopied(true)
  }

  return (
    <>
      <IconButton
        icon={isCopied ? Check : Copy}
        label={isCopied ? words.shell.copied : words.shell.copyWhat(what)}
        onClick={() => void copy()}
      />
      <span className="visually-hidden" aria-live="polite">
        {isCopied ? words.shell.copied : ''}
      </span>
    </>
  )
}
