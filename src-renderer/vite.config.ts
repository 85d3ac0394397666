import { defineConfig, type Plugin } from 'vite'
import react from '@vitejs/plugin-react'

/**
 * `npx vite src-renderer` shows the window in a browser against the fake engine
 * (`?scene=rich|empty|errors|offline|stopped`). Vite's dev server injects <style> elements, which the
 * page's CSP forbids, so the policy is left out there and only there.
 */
function devScene(): Plugin {
  return {
    name: 'dev-scene',
    apply: 'serve',
    transformIndexHtml: (html) => ({
      html: html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/u, ''),
      tags: [
        {
          tag: 'script',
          attrs: { type: 'module', src: '/test/install-fake-bridge.ts' },
          injectTo: 'head',
        },
      ],
    }),
  }
}

export default defineConfig({
  base: './',
  plugins: [react(), devScene()],
  build: {
    target: 'chrome130',
    outDir: '../out/renderer',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
