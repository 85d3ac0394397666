import type { Problem } from '../../env/errors.ts'
import { findPortOwner } from '../../dns/listeners/port-owner.ts'

/**
 * Why the ports of the transparent mode could not be had, with the next step. Capabilities are never
 * advised for the app's own program: Electron with them set cannot load its libraries
 * (specs: resolver-config s.3e).
 */
export async function transparentProblem(
  error: unknown,
  port: number,
  platform: NodeJS.Platform,
): Promise<Problem> {
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'EADDRINUSE') {
    const owner = await findPortOwner(port, ['tcp', 'tcp6'])
    return {
      code: 'transparent.port-in-use',
      message: `Port ${port} of this computer is already used by ${owner ?? 'another program'}. ${consequence}`,
      hint: 'Stop that program or let it listen on another address, then switch the transparent mode off and on.',
    }
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      code: 'transparent.no-permission',
      message: `This user may not listen on port ${port}. ${consequence}`,
      hint: adviceFor(platform),
    }
  }
  const reason = error instanceof Error ? error.message : String(error)
  return {
    code: 'transparent.listen-failed',
    message: `Cannot listen on port ${port}: ${reason}. ${consequence}`,
  }
}

const consequence = 'Names keep their real addresses; browsers that use the proxy are not affected.'

function adviceFor(platform: NodeJS.Platform): string {
  return advice[platform] ?? 'Use the automatic proxy address instead.'
}

const advice: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    'An administrator can allow it for all programs of this computer: ' +
    'sudo sysctl -w net.ipv4.ip_unprivileged_port_start=80 (that setting in a file of /etc/sysctl.d ' +
    'keeps it). A service of systemd can be given AmbientCapabilities=CAP_NET_BIND_SERVICE instead. ' +
    'Then switch the transparent mode off and on.',
  darwin:
    'macOS lets only the administrator listen there. Use the automatic proxy address instead.',
}
