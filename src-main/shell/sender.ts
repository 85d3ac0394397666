import { isAppUrl } from './app-files.ts'

/** What is known about who sent an IPC message. */
export interface SenderFacts {
  /** Id of the page's WebContents. */
  readonly contentsId: number
  /** The frame's URL; undefined when the frame is gone or could not be told. */
  readonly frameUrl: string | undefined
  readonly isMainFrame: boolean
}

/**
 * Fails closed: only the main frame of the window we opened, showing our own page, may call. An
 * unknown or vanished frame may not.
 */
export function isTrustedSender(sender: SenderFacts, ownContentsId: number | undefined): boolean {
  return (
    ownContentsId !== undefined &&
    sender.contentsId === ownContentsId &&
    sender.isMainFrame &&
    sender.frameUrl !== undefined &&
    isAppUrl(sender.frameUrl)
  )
}
