import { once } from 'node:events'
import { delimiter, dirname, join } from 'node:path'
// The lab is no part of the app: it is the computer around it.
// oxlint-disable-next-line no-restricted-imports
import { labMissing, startLab, useResolved } from '../../src-main/host/resolver/testing/lab.ts'
import { expect, test } from '../fixtures.ts'

const missing = labMissing()

test('window and tray on a computer with systemd-resolved: the whole way and back', async () => {
  test.skip(missing !== undefined, missing)
  test.slow()
  const lab = await startLab()
  try {
    await useResolved(lab)
    const { DISPLAY = '', HOME = '', XAUTHORITY = '', PATH = '' } = process.env
    // A Playwright of its own: app, relays and bus have to be inside as well.
    const inside = lab.spawn(
      'env',
      ...[`--chdir=${join(import.meta.dirname, '../..')}`, 'NOSTR_DNS_LAB=1'],
      ...[`DISPLAY=${DISPLAY}`, `XAUTHORITY=${XAUTHORITY}`, `HOME=${HOME}`],
      `PATH=${[dirname(process.execPath), PATH].join(delimiter)}`,
      ...[process.execPath, 'node_modules/@playwright/test/cli.js', 'test', '--project=in-lab'],
      `--output=${join(lab.folder, 'results')}`,
    )
    let said = ''
    inside.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text))
    const [code] = (await once(inside, 'close')) as [number | null]
    expect(code, said).toBe(0)
    expect(said).toContain('1 passed')
  } finally {
    await lab.stop()
  }
})
