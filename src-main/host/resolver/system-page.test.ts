import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { knownSuffixes, ownPaths } from './backend-files.ts'

it('docs/system.md names every file that is written, and every suffix', async () => {
  const page = await readFile(new URL('../../../docs/system.md', import.meta.url), 'utf8')
  for (const path of Object.values(ownPaths)) expect(page).toContain(`\`${path}\``)
  for (const suffix of knownSuffixes) expect(page).toContain(`.${suffix}\``)
})
