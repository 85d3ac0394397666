export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** What is remembered of the window between runs. */
export interface WindowBounds {
  readonly width: number
  readonly height: number
  readonly x?: number
  readonly y?: number
  readonly isMaximized: boolean
}

export const smallestWindow = { width: 760, height: 520 } as const

const firstBounds: WindowBounds = { width: 1080, height: 720, isMaximized: false }

/** How much of the title bar must be on a screen for the window to be movable by hand. Pixels. */
const graspable = 80

/**
 * The bounds to open with: the remembered ones where they still make sense on `workAreas` (a screen
 * may be gone), else the first-run size, placed by the system.
 */
export function usableBounds(remembered: unknown, workAreas: readonly Rectangle[]): WindowBounds {
  const bounds = isBounds(remembered) ? remembered : firstBounds
  const largest = workAreas.toSorted((a, b) => b.width * b.height - a.width * a.height)[0]
  const width = clamp(bounds.width, smallestWindow.width, largest?.width ?? bounds.width)
  const height = clamp(bounds.height, smallestWindow.height, largest?.height ?? bounds.height)
  const { x, y, isMaximized } = bounds
  if (x === undefined || y === undefined) return { width, height, isMaximized }
  const isReachable = workAreas.some(
    (area) =>
      x + width >= area.x + graspable &&
      x <= area.x + area.width - graspable &&
      y >= area.y &&
      y <= area.y + area.height - graspable,
  )
  return isReachable ? { width, height, x, y, isMaximized } : { width, height, isMaximized }
}

function isBounds(value: unknown): value is WindowBounds {
  if (typeof value !== 'object' || value === null) return false
  const { width, height, x, y, isMaximized } = value as Record<string, unknown>
  return (
    Number.isFinite(width) &&
    Number.isFinite(height) &&
    (x === undefined || Number.isFinite(x)) &&
    (y === undefined || Number.isFinite(y)) &&
    typeof isMaximized === 'boolean'
  )
}

function clamp(value: number, least: number, most: number): number {
  return Math.round(Math.max(least, Math.min(value, Math.max(least, most))))
}
