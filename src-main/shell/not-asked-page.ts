import type { Problem } from '../env/errors.ts'

const style = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 12vh auto; padding: 0 1.5rem }
p { overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25 }
a { display: inline-block; padding: .5rem 1rem; border: 1px solid; border-radius: .5rem; color: inherit; text-decoration: none }
`

/**
 * The page of the `.nostr` window when the engine could not be asked about `domain`. What it answers
 * otherwise comes with a page of its own.
 */
export function notAskedPage(domain: string, { message, hint }: Problem): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page cannot be opened</title>
<style>${style}</style>
</head>
<body>
<h1>This page cannot be opened</h1>
<p>${escaped(domain)}</p>
<p>${escaped(message)}</p>
${hint === undefined ? '' : `<p>${escaped(hint)}</p>`}
<p><a href="">Try again</a></p>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`)
}
