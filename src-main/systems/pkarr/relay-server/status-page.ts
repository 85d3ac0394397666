export interface RelayCounters {
  readonly startedMs: number
  readonly gets: number
  readonly puts: number
  readonly limited: number
}

/** What people see who open the relay in a browser. Nothing in it comes from a stranger. */
export function statusPage(counters: RelayCounters, nowMs: number): string {
  const hours = Math.floor((nowMs - counters.startedMs) / 3_600_000)
  const rows = [
    ['Running for', hours === 1 ? '1 hour' : `${hours} hours`],
    ['Packets asked for', counters.gets],
    ['Packets published', counters.puts],
    ['Requests put off', counters.limited],
  ]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>PKARR relay</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
  td { padding: .2rem 1rem .2rem 0 }
  @media (prefers-color-scheme: dark) { body { background: #16161a; color: #e8e8ea } }
</style>
<h1>PKARR relay</h1>
<p>Keeps signed DNS packets of ed25519 keys and passes them to and from the Mainline DHT.</p>
<p><code>GET /&lt;key&gt;</code> fetches a packet, <code>PUT /&lt;key&gt;</code> publishes one.</p>
<table>${rows.map(([name, value]) => `<tr><td>${name}<td>${value}`).join('')}</table>
</html>
`
}
