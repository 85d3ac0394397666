import { Component, type ReactNode } from 'react'
import { text } from '../text/catalogue.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'

interface FaultBoundaryProps {
  readonly children: ReactNode
}

/** Keeps the frame alive when a screen throws. A class because React has no other error boundary. */
export class FaultBoundary extends Component<FaultBoundaryProps, { hasFault: boolean }> {
  override state = { hasFault: false }

  static getDerivedStateFromError(): { hasFault: boolean } {
    return { hasFault: true }
  }

  override render(): ReactNode {
    if (!this.state.hasFault) return this.props.children
    return (
      <Notice
        tone="danger"
        title={text.shell.crashed.title}
        isLive
        actions={
          <Button onClick={() => this.setState({ hasFault: false })}>{text.shell.tryAgain}</Button>
        }
      >
        {text.shell.crashed.detail}
      </Notice>
    )
  }
}
