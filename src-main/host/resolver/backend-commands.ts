import type { ResolverBackend } from '../../../src-preload/contract/system-model.ts'
import { marker } from './backend-files.ts'

export interface BackendCommands {
  /** Run after the files were written. */
  readonly install: readonly string[]
  /** Run after the files were removed. */
  readonly uninstall: readonly string[]
}

const unit = '50-nostr-dns.service'

export interface CommandFacts {
  readonly suffixes: readonly string[]
  /** NetworkManager runs, and must be told to leave our link alone. */
  readonly usesNetworkManager: boolean
  /** Caches of names that run: systemd-resolved's and nscd's. */
  readonly usesResolved: boolean
  readonly usesNscd: boolean
}

/** What the helper runs, as one reads it in a terminal. */
export function backendCommands(backend: ResolverBackend, facts: CommandFacts): BackendCommands {
  const flush = [
    ...(facts.usesResolved ? ['resolvectl flush-caches'] : []),
    ...(facts.usesNscd ? ['nscd -i hosts'] : []),
  ]
  const both = (...commands: readonly string[]): BackendCommands => ({
    install: [...commands, ...flush],
    uninstall: [...commands, ...flush],
  })
  switch (backend) {
    case 'dns-delegate':
    case 'global-drop-in':
      return both('systemctl reload-or-restart systemd-resolved.service')
    case 'own-link': {
      const manager = facts.usesNetworkManager ? ['nmcli general reload conf'] : []
      const reload = 'systemctl daemon-reload'
      return {
        install: [...manager, reload, `systemctl restart ${unit}`, ...flush],
        // Stopping it deletes the link, and with it all that was set there.
        uninstall: [...manager, `systemctl stop ${unit}`, reload, ...flush],
      }
    }
    case 'nm-dnsmasq':
      return both('nmcli general reload dns-full')
    case 'dnsmasq':
      // A reload does not drop server= lines; a restart does.
      return both('systemctl restart dnsmasq.service')
    case 'resolver-files':
      return both('dscacheutil -flushcache', 'killall -HUP mDNSResponder')
    case 'nrpt':
      return windowsCommands(facts.suffixes)
  }
}

function windowsCommands(suffixes: readonly string[]): BackendCommands {
  const names = suffixes.map((suffix) => `'.${suffix}'`).join(', ')
  const flush = 'Clear-DnsClientCache'
  return {
    install: [
      `Add-DnsClientNrptRule -Namespace ${names} -NameServers '127.0.0.1' -DisplayName 'Nostr DNS' -Comment '${marker}'`,
      flush,
    ],
    uninstall: [
      `Get-DnsClientNrptRule | Where-Object Comment -ceq '${marker}' | Remove-DnsClientNrptRule -Force`,
      flush,
    ],
  }
}
