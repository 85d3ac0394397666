import type { Problem } from '../../env/errors.ts'
import type { UnsupportedReason } from './choose-backend.ts'
import type { ResolverWish } from './resolver-config.ts'

/**
 * Why the operating system cannot be told here, and what can be done by hand. Browsers never depend
 * on it: they can be pointed at the proxy this program offers.
 */
export function unsupportedProblem(
  reason: UnsupportedReason,
  { port, suffixes }: ResolverWish,
): Problem {
  const server = `127.0.0.1 port ${port}`
  const names = suffixes.map((suffix) => `.${suffix}`).join(', ')
  const [message, hint] = sentences(server, names, port, suffixes)[reason]
  return { code: `system.${reason}`, message, hint }
}

const browsers = 'Browsers open these names through the automatic proxy setting under Certificates.'

function sentences(
  server: string,
  names: string,
  port: number,
  suffixes: readonly string[],
): Readonly<Record<UnsupportedReason, readonly [string, string]>> {
  const routes = suffixes.map((suffix) => `"/${suffix}/127.0.0.1#${port}"`).join(' ')
  return {
    'unknown-system': [
      'How this system resolves names is not known.',
      `If its resolver can send single suffixes elsewhere, send ${names} to ${server}. ${browsers}`,
    ],
    nixos: [
      'NixOS builds its configuration from one description, which other programs must not change.',
      `Put this into configuration.nix: services.dnsmasq = { enable = true; settings.server = [ ${routes} ]; };`,
    ],
    'resolved-old': [
      'The version of systemd here is too old: its resolver cannot ask at a port.',
      `systemd 246 or newer is needed; dnsmasq can do it too. ${browsers}`,
    ],
    'resolved-down': [
      'This computer is set to ask systemd-resolved, which is not running.',
      'Start it (sudo systemctl start systemd-resolved), then look again.',
    ],
    'resolved-unused': [
      'systemd-resolved runs here, but programs do not ask it.',
      'Point /etc/resolv.conf at it (sudo ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf), then look again.',
    ],
    'global-dns': [
      'DNS servers for the whole computer are set in resolved.conf, and this version of systemd would mix ours with them.',
      'Remove DNS= there and let the network connection name the servers, or use systemd 252 or newer.',
    ],
    'no-link-dns': [
      'No network connection names a DNS server, and with this version of systemd all other names would stop to resolve.',
      'Connect to a network first, then look again.',
    ],
    'dns-over-tls': [
      'DNS over TLS is required for the whole computer, which a server on this computer does not speak.',
      'Set DNSOverTLS=opportunistic in resolved.conf, or use systemd 252 or newer.',
    ],
    'dnsmasq-no-conf-dir': [
      'dnsmasq runs here, but does not read the folder /etc/dnsmasq.d.',
      'Add the line conf-dir=/etc/dnsmasq.d/,*.conf to /etc/dnsmasq.conf, then look again.',
    ],
    resolvconf: [
      'resolvconf writes the list of name servers here, and that list can neither name a suffix nor a port.',
      `dnsmasq or systemd-resolved can; with dnsmasq the lines are server=/nostr/127.0.0.1#${port} and so on. ${browsers}`,
    ],
    plain: [
      'Programs here ask the servers in /etc/resolv.conf directly; that file can neither name a suffix nor a port.',
      `Install systemd-resolved or dnsmasq, then look again. ${browsers}`,
    ],
  }
}
