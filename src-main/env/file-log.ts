import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from './env.ts'
import { createLogger, type Logger, type LogLevel, type LogRecord } from './logger.ts'

/** When the log grows past this it becomes `<name>.old`, so that two files are kept. Bytes. */
const maxLogBytes = 5 * 1024 * 1024

/** One record as one line of JSON. */
export function formatLogLine(record: LogRecord): string {
  return `${JSON.stringify({
    time: new Date(record.timeMs).toISOString(),
    level: record.level,
    in: record.subsystem,
    message: record.message,
    ...record.fields,
  })}\n`
}

/** Logs as JSON lines to `<dataDir>/<fileName>`. A log that cannot be written never stops the program. */
export function createFileLog(
  dataDir: string,
  clock: Clock,
  level: LogLevel = 'info',
  fileName = 'engine.log',
): { readonly logger: Logger; close(): Promise<void> } {
  const path = join(dataDir, fileName)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  let size = sizeOf(path)
  let stream = open(path)

  const sink = (record: LogRecord): void => {
    const line = formatLogLine(record)
    size += Buffer.byteLength(line)
    if (size > maxLogBytes) {
      stream.end()
      try {
        renameSync(path, `${path}.old`)
      } catch {
        // The old log stays and grows: still better than losing the newest lines.
      }
      stream = open(path)
      size = 0
    }
    stream.write(line)
  }

  return {
    logger: createLogger(sink, level, () => clock.nowMs()),
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  }
}

function open(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  // A full disk or missing folder must not end the process through an unhandled 'error'.
  stream.on('error', () => undefined)
  return stream
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
