/** The page of the demo server. Static: nothing from the network gets into it. Pure. */

export type OriginProfile = 'owner' | 'alt' | 'stapled'

const proofs: Readonly<Record<OriginProfile, string>> = {
  owner:
    'The owner of this name signed the hash of this server’s key and published it on Nostr. Your computer compared the two before it sent a single byte.',
  alt: 'This server’s TLS key is the Nostr key in its name. Nothing had to be looked up.',
  stapled:
    'This server’s certificate carries a note signed by the owner of its name. Your computer checked the signature against the name itself.',
}

/** HTML of the page for `domain`. */
export function demoPage(domain: string, profile: OriginProfile): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>It works</title>
<style>
  :root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText }
  main { max-width: 34rem; padding: 2rem }
  h1 { font-size: 2rem; margin: 0 0 .5rem }
  h1::before { content: "✓"; color: #2a9d5c; margin-right: .4em }
  code { overflow-wrap: anywhere; font-size: .85rem; padding: .1em .3em; border-radius: .3em; background: color-mix(in srgb, CanvasText 9%, Canvas) }
  small { opacity: .7 }
</style>
<main>
  <h1>It works</h1>
  <p>You reached <code>${escapeHtml(domain)}</code> without a registrar and without a certificate authority.</p>
  <p>${proofs[profile]}</p>
  <p><small>Demo server of Nostr DNS. Its state is at <a href="/health">/health</a>.</small></p>
</main>
</html>
`
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/gu, (letter) => entities[letter] ?? '')
}
