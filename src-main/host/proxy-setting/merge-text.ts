/**
 * What to add by hand to a proxy configuration of somebody else, so that names under `.nostr` come
 * to us and everything else stays as it is. There is no `; DIRECT`: a browser that falls back would
 * ask the public DNS for the name.
 */
export function mergeText(pacUrl: string): string {
  const { host } = new URL(pacUrl)
  return [
    '// First lines of FindProxyForURL(url, host):',
    'if (/\\.nostr\\.?$/i.test(host)) {',
    `  return "PROXY ${host}";`,
    '}',
    '',
  ].join('\n')
}
