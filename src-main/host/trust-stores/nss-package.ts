/** Names of the package that has NSS's `certutil`, by the `ID` of `/etc/os-release`. */
const packages: Readonly<Record<string, string>> = {
  debian: 'libnss3-tools',
  ubuntu: 'libnss3-tools',
  fedora: 'nss-tools',
  rhel: 'nss-tools',
  centos: 'nss-tools',
  arch: 'nss',
  suse: 'mozilla-nss-tools',
  opensuse: 'mozilla-nss-tools',
  alpine: 'nss-tools',
  gentoo: 'dev-libs/nss',
  nixos: 'nss.tools',
  void: 'nss',
}

const commands: readonly (readonly [string, string])[] = [
  ['debian', 'sudo apt install'],
  ['ubuntu', 'sudo apt install'],
  ['fedora', 'sudo dnf install'],
  ['rhel', 'sudo dnf install'],
  ['arch', 'sudo pacman -S'],
  ['suse', 'sudo zypper install'],
]

/** How to get `certutil` on the distribution whose `/etc/os-release` reads `osRelease`. */
export function certutilHint(osRelease: string): string {
  const ids = distributionIds(osRelease)
  const id = ids.find((known) => known in packages)
  const name = id === undefined ? undefined : packages[id]
  if (name === undefined)
    return 'Install the NSS tools of your distribution (the program certutil).'
  const command = commands.find(([known]) => ids.includes(known))?.[1]
  return command === undefined
    ? `Install the package ${name}.`
    : `Install the package ${name}: ${command} ${name}`
}

/** `ID` and then `ID_LIKE`, most specific first (os-release(5)). */
function distributionIds(osRelease: string): readonly string[] {
  const value = (field: string): readonly string[] => {
    const found = new RegExp(`^${field}=["']?([^"'\\n]*)["']?\\s*$`, 'mu').exec(osRelease)?.[1]
    return found === undefined
      ? []
      : found
          .toLowerCase()
          .split(/[\s-]+/u)
          .filter(Boolean)
  }
  return [...value('ID'), ...value('ID_LIKE')]
}
