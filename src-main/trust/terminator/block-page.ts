import type { UnixSeconds } from '../../env/env.ts'
import type { Block } from './block.ts'
import type { OwnAnswer } from './own-answers.ts'
import { blockText, type Fact } from './block-text.ts'
import { pageStyle, pageStyleHash } from './page-style.ts'
import { timeText } from './time-text.ts'

/**
 * What is answered, with status 502, instead of a page that may not be shown. Static, no script and
 * no way around it; nothing of it is kept by the browser (specs: tls-trust s.5.3 step 10).
 */
export const blockHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    `default-src 'none'; style-src ${pageStyleHash}; base-uri 'none'; ` +
    `form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** The answer that says why `domain` is not shown, at `now`. Pure. */
export function blockAnswer(domain: string, block: Block, now: UnixSeconds): OwnAnswer {
  return { status: 502, headers: blockHeaders, body: blockPage(domain, block, now) }
}

/** The page that says why `domain` is not shown, at `now`. Pure. */
export function blockPage(domain: string, block: Block, now: UnixSeconds): string {
  const { tone, title, lead, paragraphs, facts, advice } = blockText(block)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main class="${tone}">
<p class="mark">${icons[tone]}</p>
<h1>${escapeHtml(title)}</h1>
<p class="name">${nameHtml(domain)}</p>
<p class="lead">${escapeHtml(lead)}</p>
${paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
<p><a class="button" href="">Try again</a></p>
<h2>What you can do</h2>
<ul>
${advice.map((text) => `<li>${escapeHtml(text)}</li>`).join('\n')}
</ul>
<h2>Details</h2>
<dl>
${facts.map(factHtml).join('\n')}
${factHtml({ term: 'Checked', value: timeText(now) })}
</dl>
<footer>Blocked on this computer by Nostr DNS. No request was sent to the server.</footer>
</main>
</body>
</html>
`
}

/** Shield with a stroke, or a question mark: the shapes say it too, not only the colours. */
const icons = {
  danger:
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2.5 4 5.5v6c0 5 3.4 8.6 8 10 4.6-1.4 8-5 8-10v-6z"/><path d="m9 9 6 6m0-6-6 6"/></svg>',
  warn: '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2.5 4 5.5v6c0 5 3.4 8.6 8 10 4.6-1.4 8-5 8-10v-6z"/><path d="M12 8v5m0 3.2v.1"/></svg>',
}

function factHtml({ term, value, isCode }: Fact): string {
  const text = escapeHtml(value)
  return `<div><dt>${escapeHtml(term)}</dt><dd>${isCode === true ? `<code>${text}</code>` : text}</dd></div>`
}

/** Lets a long name break between labels. */
function nameHtml(domain: string): string {
  return domain.split('.').map(escapeHtml).join('.<wbr>')
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
