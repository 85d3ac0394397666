/** What a look at the operating system found. Texts of files as they are; absent means no such file. */
export type SystemFacts =
  | LinuxFacts
  | { readonly platform: 'darwin' }
  | WindowsFacts
  | { readonly platform: 'other'; readonly name: string }

export interface LinuxFacts {
  readonly platform: 'linux'
  readonly isNixos: boolean
  /** Services that run, by systemd. */
  readonly active: {
    readonly resolved: boolean
    readonly networkManager: boolean
    readonly dnsmasq: boolean
  }
  readonly systemdVersion?: number
  readonly resolvConf?: string
  readonly nsswitch?: string
  /** `resolvectl dns`, `resolvectl dnssec` and `resolvectl dnsovertls`. */
  readonly resolvedServers?: string
  readonly resolvedDnssec?: string
  readonly resolvedTls?: string
  /** resolved.conf and its drop-ins, without ours. */
  readonly resolvedConf: readonly string[]
  /** Somebody else lists names without signatures; with such a file resolved has no list built in. */
  readonly hasOtherAnchors: boolean
  /** In the order in which they are read; later ones win (NetworkManager.conf(5)). */
  readonly networkManagerConf: readonly string[]
  readonly hasNetworkManager: boolean
  /** nscd keeps names of its own. */
  readonly hasNscd: boolean
  readonly dnsmasqConf?: string
  /** Debian: /etc/default/dnsmasq, which its service reads. */
  readonly dnsmasqDefault?: string
}

export interface WindowsFacts {
  readonly platform: 'win32'
  /** Rules of the group policy exist, or their key: they mask those of the computer. */
  readonly hasPolicyRules: boolean
}
