import { toProblem } from '../env/errors.ts'
import { formatLogLine } from '../env/file-log.ts'
import { createLogger, type LogRecord } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { startEngine } from '../engine/engine.ts'
import { startMetrics } from '../engine/metrics.ts'
import { localClient } from '../engine/local-client.ts'
import { unlockFromFile } from './context.ts'
import { aborted } from './signals.ts'
import { exitCodes, reportProblem } from './terminal.ts'
import { flagOption, listOption, portOption, type Verb } from './verb.ts'

export const serveVerb: Verb = {
  name: 'serve',
  summary: 'answer DNS and keep what you published fresh, until stopped',
  usage: [
    'serve [--proxy-port PORT] [--split-port PORT] [--doh-port PORT] [--upstream ADDRESS]…',
    '      [--metrics [--metrics-port PORT]] [--verbose]',
  ],
  options: {
    'proxy-port': { type: 'string' },
    'split-port': { type: 'string' },
    'doh-port': { type: 'string' },
    upstream: { type: 'string', multiple: true },
    metrics: { type: 'boolean' },
    'metrics-port': { type: 'string' },
    verbose: { type: 'boolean' },
  },
  async run(context, _positionals, values) {
    const { terminal } = context
    const log = createLogger(
      (record) =>
        terminal.line(terminal.json ? formatLogLine(record).trimEnd() : readableLine(record)),
      flagOption(values, 'verbose') ? 'debug' : 'info',
      () => systemClock.nowMs(),
    )
    const stopRequest = new AbortController()
    const ports = {
      proxy: portOption(values, 'proxy-port'),
      split: portOption(values, 'split-port'),
      doh: portOption(values, 'doh-port'),
    }
    const upstreams = listOption(values, 'upstream')
    try {
      const engine = await startEngine(
        { clock: systemClock, random: systemRandom, log },
        {
          dataDir: context.dataDir,
          version: context.version,
          serve: true,
          ports,
          ...(context.relays === undefined ? {} : { relays: context.relays }),
          ...(upstreams.length > 0 ? { upstreams } : {}),
          onStopRequest: () => stopRequest.abort(),
        },
      )
      try {
        await unlockFromFile(context, localClient(engine))
        const metricsPort = portOption(values, 'metrics-port')
        const metrics =
          flagOption(values, 'metrics') || metricsPort !== undefined
            ? await startMetrics(log, engine.snapshot, metricsPort ?? 9354)
            : undefined
        log.info('ready')
        await Promise.race([aborted(context.signal), aborted(stopRequest.signal)])
        log.info('stopping')
        await metrics?.stop()
      } finally {
        await engine.stop()
      }
    } catch (error) {
      return reportProblem(terminal, toProblem(error))
    }
    return exitCodes.ok
  },
}

function readableLine(record: LogRecord): string {
  const time = new Date(record.timeMs).toISOString().slice(11, 19)
  const fields = Object.entries(record.fields)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
  return [time, record.level, record.subsystem, record.message, fields]
    .filter((part) => part !== '')
    .join(' ')
}
