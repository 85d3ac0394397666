import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApp } from './build.mjs'
import { runChild } from './child.mjs'
import { chooseElectron } from './electron-runtime.mjs'
import { stagePackageFiles } from './package-files.mjs'
import { say } from './steps.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Switches that build for a system other than this one: its Electron is not the one found here. */
const foreignSwitches = {
  linux: ['--mac', '-m', '--win', '-w'],
  darwin: ['--linux', '-l', '--win', '-w'],
  win32: ['--linux', '-l', '--mac', '-m'],
}

/**
 * electron-builder with this clone's build; `args` are its own, such as `--linux deb`. Without any the
 * unpacked app is made, which needs nothing from the internet.
 */
export async function run(given) {
  const args = given.length === 0 ? ['--dir'] : given
  if (!(await buildApp())) say('ok    build is up to date')
  await stagePackageFiles()
  const builder = join(root, 'node_modules/electron-builder/cli.js')
  const electron = await electronSwitches(args)
  const { code } = await runChild(process.execPath, [builder, ...args, ...electron], { cwd: root })
  return code
}

async function electronSwitches(args) {
  if (args.some((arg) => foreignSwitches[process.platform]?.includes(arg))) return []
  const runtime = await chooseElectron()
  if (runtime.kind === 'fallback') {
    say(
      `note  packing Electron ${runtime.version}, because the declared one cannot be downloaded: good to try the package, not to give to users`,
    )
    if (!args.includes('--dir')) {
      say('note  installers need helper tools from the internet; --dir works without')
    }
  }
  return [`-c.electronDist=${runtime.distPath}`, `-c.electronVersion=${runtime.version}`]
}
