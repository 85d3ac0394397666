/**
 * Draws every icon of the app from the SVG files in assets/source. Run by hand after changing one:
 * `node scripts/make-icons.mjs [chromium]`; the PNG files are committed.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { StepError, reportAndExit, say } from './steps.mjs'

const assets = join(dirname(dirname(fileURLToPath(import.meta.url))), 'assets')
const largestFile = 30_000

/** Colours of the letter and of the dot, by what the icon stands on. */
const tones = {
  light: { glyph: '#1d1b26', on: '#6a35e0', problem: '#c25400' },
  dark: { glyph: '#f4f2fa', on: '#b597ff', problem: '#ffb224' },
  template: { glyph: '#000', on: '#000', problem: '#000' },
}
const states = ['on', 'off', 'problem']

/** Logical size of a tray icon and the scale factors its screens come in. Pixels. */
const trays = {
  linux: { size: 22, scales: [1, 2], tones: ['light', 'dark'] },
  win32: { size: 16, scales: [1, 1.25, 1.5, 2, 3], tones: ['light', 'dark'] },
  darwin: { size: 18, scales: [1, 2, 3], tones: ['template'] },
}

function* drawings() {
  for (const [platform, { size, scales, tones: wanted }] of Object.entries(trays)) {
    for (const state of states) {
      for (const tone of wanted) {
        for (const scale of scales) {
          const base = tone === 'template' ? `${state}Template` : `${state}-${tone}`
          const suffix = scale === 1 ? '' : `@${scale}x`
          const { glyph, on, problem } = tones[tone]
          yield {
            source: `tray-${state}.svg`,
            target: join('tray', platform, `${base}${suffix}.png`),
            size: size * scale,
            colours: { glyph, mark: state === 'problem' ? problem : on },
          }
        }
      }
    }
  }
  yield { source: 'app-icon.svg', target: 'icon.png', size: 512, colours: {} }
}

async function draw(page, { source, target, size, colours }) {
  const svg = readFileSync(join(assets, 'source', source), 'utf8')
  const variables = Object.entries(colours).map(([name, value]) => `--${name}:${value}`)
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(
    `<style>html,body{margin:0}svg{display:block;width:${size}px;height:${size}px;${variables.join(';')}}</style>${svg}`,
  )
  const path = join(assets, target)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, await page.screenshot({ omitBackground: true }))
  const bytes = statSync(path).size
  if (bytes > largestFile) throw new StepError(`${target} has ${bytes} bytes; draw it simpler.`)
}

async function main() {
  const executablePath = process.argv[2] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({
    executablePath,
    chromiumSandbox: process.getuid?.() !== 0,
  })
  try {
    const page = await browser.newPage()
    rmSync(join(assets, 'tray'), { recursive: true, force: true })
    let count = 0
    for (const drawing of drawings()) {
      await draw(page, drawing)
      count += 1
    }
    say(`${count} icons drawn in ${relative(process.cwd(), assets)}`)
  } finally {
    await browser.close()
  }
}

await main().catch(reportAndExit)
