import { Notification } from 'electron'

export interface Notice {
  readonly title: string
  readonly body: string
}

/** Shows a desktop notification where there is a service for it; clicking it calls `onClick`. */
export function showNotice(notice: Notice, onClick: () => void): void {
  if (!Notification.isSupported()) return
  const shown = new Notification({ ...notice, silent: true })
  shown.on('click', onClick)
  shown.show()
}

export const restartNotice: Notice = {
  title: 'Nostr DNS was restarted',
  body: 'The part that answers names stopped unexpectedly and is running again. Nothing you saved is lost.',
}
