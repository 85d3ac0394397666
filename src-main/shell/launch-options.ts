import { linkIn } from './nostr-link.ts'

/** What the app's own command line says. Chromium and Electron switches are left to them. */
export interface LaunchOptions {
  readonly dataDir?: string
  /** Relays that replace the configured ones, for tests and trials. */
  readonly relays: readonly string[]
  /** Start in the tray without a window. */
  readonly isHidden: boolean
  /** A `nostr-dns:` link that was clicked; unchecked. */
  readonly link?: string
}

/**
 * Reads `--data-dir DIR`, `--relay URL` (repeatable), `--hidden` and a link; ignores everything else.
 * Also for the words of a second start, whose order Chromium may have changed.
 */
export function parseLaunchOptions(argv: readonly string[]): LaunchOptions {
  const values = (name: string): string[] =>
    argv.flatMap((argument, index) => {
      if (argument.startsWith(`--${name}=`)) return [argument.slice(name.length + 3)]
      const next = argv[index + 1]
      return argument === `--${name}` && next !== undefined && !next.startsWith('-') ? [next] : []
    })
  const dataDir = values('data-dir').at(-1)
  const link = linkIn(argv)
  return {
    ...(dataDir === undefined ? {} : { dataDir }),
    relays: values('relay'),
    isHidden: argv.includes('--hidden'),
    ...(link === undefined ? {} : { link }),
  }
}
