import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import { certVerb } from './cli/cert.ts'
import type { CliContext } from './cli/context.ts'
import { demoVerb } from './cli/demo.ts'
import { httpsServerVerb } from './cli/https-server.ts'
import { keysVerb } from './cli/keys.ts'
import { petnameVerb } from './cli/petname.ts'
import { publishVerb } from './cli/publish.ts'
import { relayVerb } from './cli/relay.ts'
import { pkarrVerb } from './cli/pkarr.ts'
import { resolveVerb } from './cli/resolve.ts'
import { serveVerb } from './cli/serve.ts'
import { systemVerb } from './cli/system.ts'
import { terminationSignal } from './cli/signals.ts'
import { statusVerb } from './cli/status.ts'
import { exitCodes, processTerminal, reportProblem, type ExitCode } from './cli/terminal.ts'
import { listOption, textOption, UsageError, type OptionTable, type Verb } from './cli/verb.ts'
import { trustVerb } from './cli/trust.ts'
import { verifyVerb } from './cli/verify.ts'
import { defaultDataDir } from './env/data-dir.ts'
import { toProblem } from './env/errors.ts'

const verbs: readonly Verb[] = [
  serveVerb,
  resolveVerb,
  publishVerb,
  keysVerb,
  certVerb,
  verifyVerb,
  trustVerb,
  systemVerb,
  httpsServerVerb,
  petnameVerb,
  pkarrVerb,
  relayVerb,
  statusVerb,
  demoVerb,
]

const commonOptions = {
  'data-dir': { type: 'string' },
  relay: { type: 'string', multiple: true },
  'passphrase-file': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies OptionTable

async function main(argv: readonly string[]): Promise<ExitCode> {
  const [word, ...rest] = argv
  const json = argv.includes('--json')
  const terminal = processTerminal(json)
  if (word === undefined || word === '--help' || word === '-h' || word === 'help') {
    terminal.line(overview())
    return word === undefined ? exitCodes.usage : exitCodes.ok
  }
  if (word === '--version') {
    terminal.line(packageJson.version)
    return exitCodes.ok
  }
  const verb = verbs.find((candidate) => candidate.name === word)
  try {
    if (word.startsWith('-')) throw new UsageError(`give the verb first, then ${word}`)
    if (verb === undefined) throw new UsageError(`there is no verb "${word}"; see nostr-dns --help`)
    const { values, positionals } = parseArgs({
      args: [...rest],
      options: { ...verb.options, ...commonOptions },
      allowPositionals: true,
    })
    if (values.help === true) {
      terminal.line(verbHelp(verb))
      return exitCodes.ok
    }
    const relays = listOption(values, 'relay')
    const context: CliContext = {
      terminal,
      dataDir: resolve(
        textOption(values, 'data-dir') ?? defaultDataDir(process.platform, process.env, homedir()),
      ),
      relays: relays.length > 0 ? relays : undefined,
      passphraseFile: textOption(values, 'passphrase-file'),
      signal: terminationSignal(),
      version: packageJson.version,
    }
    return await verb.run(context, positionals, values)
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) {
      reportProblem(terminal, { code: 'cli.usage', message: error.message })
      if (verb !== undefined && !json) terminal.error(verbHelp(verb))
      return exitCodes.usage
    }
    return reportProblem(terminal, toProblem(error))
  }
}

function isParseError(error: unknown): error is Error {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS')
}

function overview(): string {
  const width = Math.max(...verbs.map((verb) => verb.name.length))
  return [
    'nostr-dns: names people own by key.',
    '',
    'Usage: nostr-dns VERB [OPTIONS]',
    '',
    ...verbs.map((verb) => `  ${verb.name.padEnd(width)}  ${verb.summary}`),
    '',
    'Options of every verb:',
    '  --data-dir DIR          keep keys, settings and events there',
    '  --relay URL             use this relay instead of the configured ones (repeatable)',
    '  --passphrase-file FILE  first line opens the key vault',
    '  --json                  print JSON for programs',
    '  --help                  the usage of one verb',
    '',
    'Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 network unavailable.',
  ].join('\n')
}

function verbHelp(verb: Verb): string {
  return ['Usage:', ...verb.usage.map((line) => `  nostr-dns ${line}`)].join('\n')
}

process.exitCode = await main(process.argv.slice(2))
// A verb that is done must not wait for timers or sockets of libraries.
process.exit()
