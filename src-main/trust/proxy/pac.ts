/**
 * Proxy auto-configuration for browsers: names under `.nostr` go to the proxy on `port` of this
 * computer, everything else goes its usual way. There is no `; DIRECT` after the proxy, because a
 * browser that falls back would ask the public DNS for the name. No name of anybody stands in it:
 * any page can read it. Plain ECMAScript 3, which the oldest PAC engines run.
 */
export function pacText(port: number): string {
  return `function FindProxyForURL(url, host) {
  var name = host.toLowerCase();
  if (name.charAt(name.length - 1) === ".") name = name.substring(0, name.length - 1);
  if (name.length > 6 && name.substring(name.length - 6) === ".nostr") {
    return "PROXY 127.0.0.1:${port}";
  }
  return "DIRECT";
}
`
}

/** Media type of PAC files. */
export const pacMediaType = 'application/x-ns-proxy-autoconfig'
