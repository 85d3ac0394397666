import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const bundler = fileURLToPath(new URL('bundle.mjs', import.meta.url))

/**
 * Bundles `bench/<name>.ts` into `directory`; returns the file to run with Node. In a process of its
 * own: the bundler's threads must not run beside a measurement.
 */
export async function buildSubject(name, directory) {
  const entry = fileURLToPath(new URL(`../${name}.ts`, import.meta.url))
  await promisify(execFile)(process.execPath, [bundler, entry, directory])
  return `${directory}/${name}.js`
}
