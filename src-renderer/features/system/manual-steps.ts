import { text } from '../../text/catalogue.ts'

const { steps } = text.system.manual

export interface ManualStep {
  readonly where: string
  readonly lines: string
}

/** Lines for the programs that find names on `platform`, sending `suffixes` to our port. */
export function manualSteps(
  platform: 'linux' | 'darwin' | 'win32',
  suffixes: readonly string[],
  port: number,
): readonly ManualStep[] {
  const each = (line: (suffix: string) => string): string => suffixes.map(line).join('\n')
  switch (platform) {
    case 'darwin':
      return [
        {
          where: steps.macos,
          lines: `sudo mkdir -p /etc/resolver\n${each(
            (suffix) =>
              `printf 'nameserver 127.0.0.1\\nport ${port}\\n' | sudo tee /etc/resolver/${suffix}`,
          )}`,
        },
      ]
    case 'win32': {
      const namespaces = suffixes.map((suffix) => `'.${suffix}'`).join(',')
      return [
        {
          where: steps.windows,
          lines: `Add-DnsClientNrptRule -Namespace ${namespaces} -NameServers '127.0.0.1'\nClear-DnsClientCache`,
        },
      ]
    }
    case 'linux':
      return [
        {
          where: steps.dnsmasq,
          lines: each((suffix) => `server=/${suffix}/127.0.0.1#${port}`),
        },
        {
          where: steps.unbound,
          lines: [
            'server:\n  do-not-query-localhost: no',
            each((suffix) => `  domain-insecure: "${suffix}"`),
            each((suffix) => `stub-zone:\n  name: "${suffix}"\n  stub-addr: 127.0.0.1@${port}`),
          ].join('\n'),
        },
        {
          where: steps.nixos,
          lines: `services.dnsmasq.enable = true;\nservices.dnsmasq.settings.server = [\n${each(
            (suffix) => `  "/${suffix}/127.0.0.1#${port}"`,
          )}\n];`,
        },
      ]
  }
}
