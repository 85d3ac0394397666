import type { OwnAnswer } from '../terminator/own-answers.ts'
import { pageStyle, pageStyleHash } from '../terminator/page-style.ts'

/**
 * A name that nobody can own: its key is the SHA-256 of "Nostr DNS self-test", which happens to lie
 * on the curve, and whose secret nobody knows. The proxy answers for it itself and asks no relay.
 */
export const selfTestDomain =
  'npub1x35y259ffas5u8xf7mskwfq0mamuepjl72ef4rw93tllkknqjzmqdcza2p.nostr'

/** A picture of a tick. That a page can load it is the proof. */
export const selfTestMark: OwnAnswer = {
  status: 200,
  headers: {
    'content-type': 'image/svg+xml',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  },
  body: `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="24" viewBox="0 0 96 24">
<style>path { fill: none; stroke: #157347; stroke-width: 2.5; stroke-linecap: round; stroke-linejoin: round }
text { fill: #157347; font: 600 15px system-ui, sans-serif }
@media (prefers-color-scheme: dark) { path { stroke: #5ccf93 } text { fill: #5ccf93 } }</style>
<path d="m3 13 5 5L18 6"/><text x="28" y="17">works</text>
</svg>
`,
}

/**
 * The page at the proxy's own address: says, without any script, which step of the set-up this very
 * browser is missing. Each picture is asked of the self-test's name, plainly and over TLS; where it
 * does not come the browser shows the words in its place.
 */
export function selfTestPage(port: number): OwnAnswer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        `default-src 'none'; style-src ${pageStyleHash}; ` +
        `img-src http://${selfTestDomain} https://${selfTestDomain}; ` +
        `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Nostr DNS in this browser</title>
<style>${pageStyle}</style>
</head>
<body>
<main class="ok">
<p class="mark"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2.5 4 5.5v6c0 5 3.4 8.6 8 10 4.6-1.4 8-5 8-10v-6z"/><path d="m8.5 12 2.5 2.5 4.5-5"/></svg></p>
<h1>Nostr DNS in this browser</h1>
<p class="lead">Nostr DNS is running. This page shows whether this browser is ready for .nostr pages.</p>
<dl>
<div><dt>1. It sends .nostr names to Nostr DNS</dt><dd><img id="proxy" src="http://${selfTestDomain}/" alt="Not yet. Set the automatic proxy address below in this browser or in the system’s network settings, then start the browser again."></dd></div>
<div><dt>2. It trusts Nostr DNS for .nostr names</dt><dd><img id="trust" src="https://${selfTestDomain}/" alt="Not yet. Add this browser on the Certificates screen of Nostr DNS, then start the browser again."></dd></div>
</dl>
<h2>Automatic proxy address</h2>
<p><code>http://127.0.0.1:${port}/proxy.pac</code></p>
<p><a class="button" href="">Check again</a></p>
<footer>Only names ending in .nostr go through Nostr DNS; everything else stays as it was.</footer>
</main>
</body>
</html>
`,
  }
}
