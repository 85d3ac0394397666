import { execFileSync } from 'node:child_process'
import { runLines, type ChildLines } from './child-lines.ts'

/** A computer of its own as far as the network is concerned. */
export interface LabHost {
  readonly name: string
  readonly address: string
  /** Runs `argv` on it. */
  run(argv: readonly string[], env?: NodeJS.ProcessEnv): ChildLines
  /** Runs `argv` on it to its end. Rejects with its output when it fails. */
  do(...argv: readonly string[]): Promise<readonly string[]>
}

/** Computers joined by an Ethernet switch, inside network namespaces. */
export interface NetworkLab {
  host(name: string): LabHost
  stop(): Promise<void>
}

/** Why no lab can be built here; undefined when it can. */
export function labObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  try {
    execFileSync('unshare', ['--net', '--mount', 'ip', 'link', 'show', 'lo'], { stdio: 'pipe' })
    execFileSync('setpriv', ['--version'], { stdio: 'pipe' })
    return undefined
  } catch {
    return 'unshare, setpriv or ip (util-linux, iproute2) do not work here'
  }
}

/**
 * Hosts with the addresses `10.9.0.1`, `.2`, … on `eth0`, and IPv6 link-local ones. Each has its own
 * `/run`, and a user `avahi`, so that daemons of the system can run there and nowhere else.
 */
export async function createNetworkLab(names: readonly string[]): Promise<NetworkLab> {
  const children: ChildLines[] = []
  const within = (pid: number, argv: readonly string[]): readonly string[] => [
    ...['nsenter', '-t', String(pid), '--net', '--mount', '--'],
    ...argv,
  ]

  /** The process that is the namespace: it waits for its input to end, which it does with us. */
  const createHolder = async (): Promise<ChildLines> => {
    const holder = runLines(['unshare', '--net', '--mount', 'sh', '-euc', holderScript])
    await holder.line((line) => line === 'ready')
    return holder
  }

  const hostAt = (name: string, holder: ChildLines, address: string): LabHost => ({
    name,
    address,
    run(argv, env) {
      const child = runLines(within(holder.pid, argv), env)
      children.push(child)
      return child
    },
    async do(...argv) {
      const child = runLines(within(holder.pid, argv))
      const code = await child.ended
      if (code !== 0) throw new Error(`${argv.join(' ')}: ${child.lines.join('\n')}`)
      return child.lines
    },
  })

  const holders = [await createHolder()]
  const [ether] = holders.map((holder) => hostAt('switch', holder, ''))
  if (ether === undefined) throw new Error('no switch')
  await ether.do(...'ip link add br0 type bridge mcast_snooping 0 forward_delay 0'.split(' '))
  await ether.do(...'ip link set br0 up'.split(' '))
  const hosts = new Map<string, LabHost>()
  for (const [index, name] of names.entries()) {
    const holder = await createHolder()
    holders.push(holder)
    const host = hostAt(name, holder, `10.9.0.${index + 1}`)
    const port = `port${index}`
    await ether.do(...`ip link add ${port} type veth peer name eth0 netns ${holder.pid}`.split(' '))
    await ether.do(...`ip link set ${port} master br0 up`.split(' '))
    await host.do(...`ip addr add ${host.address}/24 dev eth0`.split(' '))
    await host.do(...'ip link set eth0 up'.split(' '))
    // Without a route, programs that do not name an interface reach no group.
    await host.do(...'ip route add default dev eth0'.split(' '))
    hosts.set(name, host)
  }
  return {
    host(name) {
      const host = hosts.get(name)
      if (host === undefined) throw new Error(`no host ${name}`)
      return host
    },
    async stop() {
      await Promise.all(children.map((child) => child.kill()))
      await Promise.all(holders.map((holder) => holder.kill()))
    },
  }
}

const holderScript = `
mount -t tmpfs tmpfs /run
mkdir /run/avahi-daemon
cp /etc/passwd /run/passwd; echo 'avahi:x:0:0::/run:/bin/false' >> /run/passwd
cp /etc/group /run/group; printf 'avahi:x:0:\\nnetdev:x:0:\\n' >> /run/group
mount --bind /run/passwd /etc/passwd
mount --bind /run/group /etc/group
# No wait for duplicate address detection: every address here is known to be free.
echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
ip link set lo up
echo ready
exec cat
`
