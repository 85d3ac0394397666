/** `node bundle.mjs ENTRY DIRECTORY`: bundles one side of a measurement from the sources. */
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const [entry = '', outDir = ''] = process.argv.slice(2)

await build({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  configFile: false,
  logLevel: 'error',
  ssr: { noExternal: ['zod'] },
  build: {
    ssr: entry,
    outDir,
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rollupOptions: { output: { entryFileNames: basename(entry).replace(/\.ts$/u, '.js') } },
  },
})
