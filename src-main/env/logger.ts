import { redact } from './redact.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

export interface LogRecord {
  readonly timeMs: number
  readonly level: LogLevel
  /** Dotted subsystem, such as `dns.udp`. */
  readonly subsystem: string
  readonly message: string
  readonly fields: LogFields
}

/** Where records end up. Receives records already redacted. */
export type LogSink = (record: LogRecord) => void

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger whose subsystem is `<this>.<subsystem>`. */
  child(subsystem: string): Logger
}

const order: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * A logger writing records at or above `level` to `sink`. Secrets are removed from the message and
 * from every field before the sink sees them. Queried names belong at `debug` only.
 */
export function createLogger(
  sink: LogSink,
  level: LogLevel,
  nowMs: () => number,
  subsystem = '',
): Logger {
  const write = (recordLevel: LogLevel, message: string, fields: LogFields = {}): void => {
    if (order[recordLevel] < order[level]) return
    sink({
      timeMs: nowMs(),
      level: recordLevel,
      subsystem,
      message: redact(message),
      fields: redactFields(fields),
    })
  }
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    child: (name) =>
      createLogger(sink, level, nowMs, subsystem === '' ? name : `${subsystem}.${name}`),
  }
}

/** A logger that drops everything: the default of tests that do not look at logs. */
export const silentLogger: Logger = createLogger(
  () => undefined,
  'error',
  () => 0,
)

function redactFields(fields: LogFields): LogFields {
  const clean: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) clean[key] = redactValue(value)
  return clean
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redact(value)
  if (value instanceof Error) return redact(value.message)
  if (Array.isArray(value)) return value.map(redactValue)
  if (value !== null && typeof value === 'object') return redactFields(value as LogFields)
  return value
}
