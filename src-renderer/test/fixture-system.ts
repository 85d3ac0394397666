import type {
  MdnsView,
  SystemPlan,
  SystemState,
  SystemView,
} from '../../src-preload/contract/system-model.ts'
import { fakeNpub } from './fixture-names.ts'

const suffixes = ['nostr', 'pkarr', 'key']

export const linkPlan: SystemPlan = {
  backend: 'own-link',
  title: 'systemd 252, own link',
  suffixes,
  port: 5364,
  files: [
    {
      path: '/etc/systemd/system/nostr-dns-link.service',
      content:
        '# written by nostr-dns\n[Unit]\nDescription=Sends .nostr names to Nostr DNS\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/sbin/ip link add nostr-dns type dummy\nExecStart=/usr/bin/resolvectl dns nostr-dns 127.0.0.1:5364\nExecStart=/usr/bin/resolvectl domain nostr-dns ~nostr ~pkarr ~key\n',
    },
  ],
  commands: [
    'systemctl daemon-reload',
    'systemctl enable --now nostr-dns-link.service',
    'resolvectl flush-caches',
  ],
  undo: [
    'systemctl disable --now nostr-dns-link.service',
    'ip link del nostr-dns',
    'rm /etc/systemd/system/nostr-dns-link.service',
  ],
  byHand: 'sudo sh nostr-dns-helper install --port 5364 --suffix nostr --suffix pkarr --suffix key',
}

/** A mechanism that has a price, to be read before it is used. */
export const dropInPlan: SystemPlan = {
  ...linkPlan,
  backend: 'global-drop-in',
  title: 'systemd 249, for the whole computer',
  files: [
    {
      path: '/etc/systemd/resolved.conf.d/50-nostr-dns.conf',
      content: '# written by nostr-dns\n[Resolve]\nDNS=127.0.0.1:5364\nDomains=~nostr\n',
    },
  ],
  consent: 'On this system every name you look up is also shown to this app; it ignores the rest.',
}

/** Each state with what an engine says along with it. */
export function systemView(state: SystemState): SystemView {
  const base = { state, suffixes, title: linkPlan.title, plan: linkPlan, checkedAtMs: 0 }
  switch (state) {
    case 'unknown':
      return { state, suffixes }
    case 'off':
    case 'asking':
    case 'on':
    case 'paused':
    case 'changed':
      return base
    case 'not-working':
      return {
        ...base,
        reason: {
          code: 'system.canary-lost',
          message: 'A VPN answers for all names of this computer.',
          hint: 'Exclude .nostr in the settings of the VPN, then check again.',
        },
      }
    case 'conflict':
      return {
        ...base,
        reason: {
          code: 'system.conflict',
          message: 'The file /etc/systemd/dns-delegate.d/50-nostr-dns.dns-delegate is not ours.',
          hint: 'Move it away, then check again.',
        },
      }
    case 'unsupported':
      return {
        state,
        suffixes,
        reason: {
          code: 'system.unsupported',
          message: 'This computer uses a plain resolv.conf, which cannot send single endings.',
          hint: 'Install systemd-resolved or dnsmasq, or set it up by hand.',
        },
      }
  }
}

export const mdnsRunning: MdnsView = {
  state: 'running',
  interfaces: [
    { name: 'wlan0', addresses: ['192.168.1.20', 'fe80::8c3a:2ff:fe11:9d01'] },
    { name: 'eth0', addresses: ['10.0.0.5'] },
  ],
  names: [
    { name: `${fakeNpub(1)}.local`, state: 'announced' },
    { name: `nas.${fakeNpub(1)}.local`, state: 'probing' },
    {
      name: `${fakeNpub(21)}.local`,
      state: 'conflict',
      detail: 'The computer at 192.168.1.31 answers for it, too.',
    },
  ],
}

export const mdnsFailed: MdnsView = {
  state: 'failed',
  problem: {
    code: 'mdns.port-in-use',
    message: 'Port 5353 is held by a program that does not share it.',
    hint: 'Stop that program; the names are announced as soon as the port is free.',
  },
  interfaces: [],
  names: [],
}
