import { execFile, spawn, type ChildProcess, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { extractedPackagesFolder } from '../../../../scripts/extracted-packages.mjs'

/**
 * A computer in namespaces of its own, with the real systemd-resolved or dnsmasq, an upstream that
 * writes down what it is asked, and private copies of /etc, /run and /var/lib. This computer's own
 * configuration is never touched, and everything in the lab dies with the test.
 */
export interface Lab {
  /** Where files of the lab are seen from outside; /etc inside is `etc` below it. */
  readonly folder: string
  run(program: string, ...argv: readonly string[]): Promise<LabResult>
  /** Standard output of a shell script that must succeed. */
  shell(script: string): Promise<string>
  /** Starts a process that is ended with the lab. */
  spawn(program: string, ...argv: readonly string[]): ChildProcess
  /** Names the upstream was asked for since the last call, lower case. */
  upstreamAsked(): Promise<readonly string[]>
  /** Everything below /etc and /var/lib: type, mode, owner, target and content. */
  tree(): Promise<string>
  stop(): Promise<void>
}

export interface LabResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const resolvedTree = join(extractedPackagesFolder(), 'systemd-resolved')

const namespaces = ['--mount', '--net', '--pid', '--fork', '--mount-proc']

/** Why there can be no lab here, or undefined. */
export function labMissing(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root, for namespaces'
  if (!existsSync(resolvedTree)) return 'needs systemd-resolved, unpacked by npm test'
  const programs = ['unshare', 'nsenter', 'ip', 'dnsmasq', 'dbus-daemon', 'getent']
  const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin']
  const missing = programs.find((name) => !folders.some((at) => existsSync(join(at, name))))
  if (missing !== undefined) return `needs ${missing}`
  const { status } = spawnSync('unshare', [...namespaces, 'true'])
  return status === 0 ? undefined : 'needs namespaces, which are not allowed here'
}

export async function startLab(): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'nostr-dns-lab-'))
  const own = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
  await copyFile(own('./systemctl.sh'), join(folder, 'systemctl.sh'))
  const outer = spawn(
    'unshare',
    [...namespaces, '--propagation', 'private', 'sh', own('./lab.sh'), folder, resolvedTree],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  let errors = ''
  outer.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const ended = new Promise<void>((resolve) => outer.once('close', () => resolve()))
  const isReady = await Promise.race([
    new Promise<boolean>((resolve) => {
      createInterface({ input: outer.stdout }).on('line', (line) => resolve(line === 'ready'))
    }),
    ended.then(() => false),
  ])
  if (!isReady) throw new Error(`no lab: ${errors}`)
  const children = await readFile(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8')
  const inside = ['--target', children.trim(), '--mount', '--net', '--pid', '--wd=/']
  const variables = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', LAB: folder }

  const run: Lab['run'] = (program, ...argv) =>
    new Promise((resolve) => {
      execFile(
        'nsenter',
        [...inside, program, ...argv],
        { env: variables, timeout: 60_000 },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
          resolve({ code, stdout, stderr })
        },
      )
    })
  const shell: Lab['shell'] = async (script) => {
    const { code, stdout, stderr } = await run('sh', '-euc', script)
    if (code !== 0) throw new Error(`${script}\nended with ${code}: ${stderr}`)
    return stdout
  }
  const lab: Lab = {
    folder,
    run,
    shell,
    spawn: (program, ...argv) =>
      spawn('nsenter', [...inside, program, ...argv], {
        env: variables,
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    async upstreamAsked() {
      const log = await readFile(join(folder, 'upstream.log'), 'utf8')
      await writeFile(join(folder, 'upstream.log'), '')
      return [...log.matchAll(/query\[[A-Z0-9=]+\] (\S+) from/gu)].map(([, name = '']) =>
        name.toLowerCase(),
      )
    },
    tree: () =>
      shell(`
        find /etc /var/lib -printf '%p %y %m %U %G %l\\n' | sort
        find /etc /var/lib -type f -exec sha256sum {} + | sort`),
    async stop() {
      outer.stdin.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
  await writeFile(join(folder, 'upstream.log'), '')
  // The upstream knows names below example.com; everything else does not exist.
  await shell(`
    dbus-daemon --system --fork --nopidfile
    setsid dnsmasq --conf-file=/dev/null --keep-in-foreground --pid-file= --port=53 \\
      --listen-address=198.51.100.1 --bind-interfaces --no-resolv --no-hosts --user=root \\
      --local=// --address=/example.com/93.184.215.14 \\
      --log-queries --log-facility=${folder}/upstream.log </dev/null >/dev/null 2>&1 &
    until grep -q 'started, version' ${folder}/upstream.log; do sleep 0.05; done`)
  return lab
}

/** Has programs of the lab ask systemd-resolved, and that one the upstream. */
export async function useResolved(lab: Lab): Promise<void> {
  await lab.shell(`
    rm -f /etc/resolv.conf
    ln -s ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
    systemctl start systemd-resolved.service
    resolvectl dns uplink0 198.51.100.1`)
}

/** Has programs of the lab ask dnsmasq, and that one the upstream. */
export async function useDnsmasq(lab: Lab): Promise<void> {
  await lab.shell(`
    rm -f /etc/resolv.conf
    echo 'nameserver 127.0.0.1' >/etc/resolv.conf
    mkdir -p /etc/dnsmasq.d
    printf '%s\\n' port=53 listen-address=127.0.0.1 bind-interfaces no-resolv no-hosts user=root \\
      stop-dns-rebind server=198.51.100.1 'conf-dir=/etc/dnsmasq.d/,*.conf' >/etc/dnsmasq.conf
    systemctl start dnsmasq.service`)
}

/** The process with the name server and the service under test. */
export interface Engine {
  call(verb: 'look' | 'plan' | 'install' | 'uninstall' | 'on' | 'off' | 'counts'): Promise<unknown>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** Runs the bundle of `split-dns.fixture.ts` in the lab. */
export async function startEngine(lab: Lab, bundle: string, port: number): Promise<Engine> {
  const child = lab.spawn(process.execPath, bundle, String(port))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  if (child.stdout === null) throw new Error('no output')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const line = await lines.next()
    if (line.done === true) throw new Error('the engine ended')
    return JSON.parse(line.value)
  }
  const { pid } = (await next()) as { readonly pid: number }
  return {
    async call(verb) {
      child.stdin?.write(`${verb}\n`)
      return next()
    },
    async kill() {
      // nsenter forks: the child inside has another number there.
      await lab.run('kill', '-KILL', String(pid))
      await ended
    },
  }
}
