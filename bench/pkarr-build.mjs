/** `node pkarr-build.mjs DIRECTORY`: bundles the sides of the PKARR measurements from the sources. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

await build({
  root: fileURLToPath(new URL('..', import.meta.url)),
  configFile: false,
  logLevel: 'error',
  ssr: { noExternal: ['zod'] },
  build: {
    ssr: fileURLToPath(new URL('pkarr-subject.ts', import.meta.url)),
    outDir: process.argv[2],
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rollupOptions: { output: { entryFileNames: 'pkarr-subject.js' } },
  },
})
