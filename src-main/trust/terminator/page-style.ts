import { createHash } from 'node:crypto'

/**
 * The look of our own pages: the window's design tokens (src-renderer/app/tokens.css), repeated here
 * because such a page may load nothing. A test holds the two together.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#f6f5f9, #121117);
  --surface: light-dark(#ffffff, #1c1b24);
  --surface-sunken: light-dark(#f6f5f9, #15141b);
  --border: light-dark(#e3e0ec, #2f2d3b);
  --fg: light-dark(#1b1926, #eceaf4);
  --fg-muted: light-dark(#5c586e, #aaa6bd);
  --accent: light-dark(#6735d9, #7b50ea);
  --accent-hover: light-dark(#5827c4, #8a63f0);
  --accent-fg: #ffffff;
  --focus: light-dark(#5f2fd0, #c0adff);
  --warn: light-dark(#8a5300, #f0b54a);
  --warn-soft: light-dark(#fdf1da, #352813);
  --ok: light-dark(#157347, #5ccf93);
  --ok-soft: light-dark(#e2f5ea, #16301f);
  --danger: light-dark(#b3261e, #ff8a82);
  --danger-soft: light-dark(#fdeae8, #3a1c1b);
  --radius-s: 6px;
  --radius-m: 9px;
  --radius-l: 14px;
  --font-ui: system-ui, -apple-system, 'Segoe UI', 'Cantarell', 'Noto Sans', 'DejaVu Sans', sans-serif;
  --font-mono: ui-monospace, 'SF Mono', 'Cascadia Mono', 'Noto Sans Mono', 'DejaVu Sans Mono', monospace;
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: 2rem 1rem;
  background: var(--bg);
  color: var(--fg);
  font: 1rem/1.55 var(--font-ui);
}
main {
  max-width: 44rem;
  margin: 0 auto;
  padding: 2rem;
  background: var(--surface);
  border: 1px solid var(--border);
  border-radius: var(--radius-l);
}
.mark { margin: 0 0 1rem; }
.mark svg {
  width: 3rem;
  height: 3rem;
  padding: 0.6rem;
  border-radius: var(--radius-m);
  fill: none;
  stroke: currentcolor;
  stroke-width: 2;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.ok .mark svg { color: var(--ok); background: var(--ok-soft); }
.danger .mark svg { color: var(--danger); background: var(--danger-soft); }
img { display: block; max-width: 100%; }
.warn .mark svg { color: var(--warn); background: var(--warn-soft); }
h1 { margin: 0 0 0.5rem; font-size: 1.625rem; line-height: 1.25; text-wrap: balance; }
h2 { margin: 1.75rem 0 0.5rem; font-size: 1rem; }
p { margin: 0 0 1rem; }
.name { color: var(--fg-muted); font: 0.875rem/1.5 var(--font-mono); overflow-wrap: anywhere; }
.lead { font-size: 1.0625rem; }
ul { margin: 0; padding-left: 1.25rem; }
li { margin: 0 0 0.35rem; }
.button {
  display: inline-block;
  padding: 0.45rem 1rem;
  border-radius: var(--radius-s);
  background: var(--accent);
  color: var(--accent-fg);
  font-weight: 600;
  text-decoration: none;
}
.button:hover { background: var(--accent-hover); }
.button:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
dl {
  margin: 0;
  padding: 0.25rem 1rem;
  background: var(--surface-sunken);
  border: 1px solid var(--border);
  border-radius: var(--radius-m);
}
dl div { padding: 0.6rem 0; border-top: 1px solid var(--border); }
dl div:first-child { border-top: 0; }
dt { color: var(--fg-muted); font-size: 0.8125rem; }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: 0.875rem/1.5 var(--font-mono); }
footer { margin-top: 1.75rem; color: var(--fg-muted); font-size: 0.8125rem; }
@media (max-width: 30rem) {
  body { padding: 0; }
  main { padding: 1.25rem; border: 0; border-radius: 0; }
}
`

/** For `style-src` of a content security policy: allows this style and no other. */
export const pageStyleHash = `'sha256-${createHash('sha256').update(pageStyle).digest('base64')}'`
