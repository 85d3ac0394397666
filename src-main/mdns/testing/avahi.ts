import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildLines } from './child-lines.ts'
import type { AvahiPrograms } from './avahi-programs.ts'
import type { LabHost } from './network-lab.ts'

/** Avahi, the usual mDNS stack of Linux, on one computer of the lab. */
export interface Avahi {
  /** What `avahi-resolve` says of `name`: its address, or undefined after its time-out. */
  resolve(name: string, family?: 4 | 6): Promise<string | undefined>
  /** Publishes an address record until killed. */
  publish(name: string, address: string): ChildLines
  stop(): Promise<void>
}

/** Starts a system bus and avahi on `host`; ready when avahi has claimed its own host name. */
export async function startAvahi(host: LabHost, programs: AvahiPrograms): Promise<Avahi> {
  const folder = mkdtempSync(join(tmpdir(), 'nostr-dns-avahi-'))
  const env = { ...programs.env, DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/run/bus' }
  writeFileSync(join(folder, 'bus.conf'), busConfig)
  writeFileSync(join(folder, 'avahi.conf'), avahiConfig(host.name))
  const bus = host.run(['dbus-daemon', `--config-file=${folder}/bus.conf`, '--print-address'])
  await bus.line((line) => line.startsWith('unix:'))
  const daemon = host.run(
    [
      programs.path('avahi-daemon'),
      ...['--no-drop-root', '--no-chroot', '--no-rlimits', '-f', join(folder, 'avahi.conf')],
    ],
    env,
  )
  await daemon.line((line) => line.includes('Server startup complete'))
  return {
    async resolve(name, family = 4) {
      const asked = host.run([programs.path('avahi-resolve'), `-${family}`, '-n', name], env)
      await asked.ended
      return asked.lines
        .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}\t`))
        ?.split('\t')[1]
    },
    publish: (name, address) =>
      host.run([programs.path('avahi-publish'), '-a', '-R', name, address], env),
    async stop() {
      await daemon.kill('SIGTERM')
      await bus.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`

function avahiConfig(hostName: string): string {
  return `[server]
host-name=${hostName}
use-ipv4=yes
use-ipv6=yes
allow-interfaces=eth0
enable-dbus=yes
[publish]
publish-hinfo=no
publish-workstation=no
`
}
