import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const include = join(root, 'assets/package/installer.nsh')

/** The least that electron-builder's script has around the include. */
const around = (output: string): string => `Unicode true
OutFile "${output}"
RequestExecutionLevel user
!include "LogicLib.nsh"
!define APP_ID "org.nostr-dns.app"
!macro _isUpdated _a _b _t _f
  StrCmp "" "--updated" \`\${_t}\` \`\${_f}\`
!macroend
!define isUpdated \`"" isUpdated ""\`
!include "${include}"
Section
  WriteUninstaller "$TEMP\\uninstall.exe"
SectionEnd
Section "Uninstall"
  !insertmacro customUnInstall
SectionEnd
`

test.skipIf(!existsSync('/usr/bin/makensis'))('NSIS compiles the uninstall hook', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nostr-dns-nsis-'))
  try {
    const script = join(folder, 'test.nsi')
    await writeFile(script, around(join(folder, 'test.exe')))
    // Warnings are errors.
    await run('makensis', ['-V2', '-WX', script])
    expect(existsSync(join(folder, 'test.exe'))).toBe(true)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('the hook runs what the package holds, and only when the app goes for good', async () => {
  const hook = await readFile(include, 'utf8')
  const config = await readFile(join(root, 'electron-builder.yml'), 'utf8')
  expect(config).toMatch(/^ {2}include: assets\/package\/installer\.nsh$/mu)
  for (const file of ['before-uninstall.ps1', 'dns-helper.ps1']) {
    expect(config).toContain(`to: helper/${file}\n`)
  }
  expect(hook).toContain('-File "$INSTDIR\\resources\\helper\\before-uninstall.ps1"')
  const guarded = /\$\{ifNot\} \$\{isUpdated\}\n(.*)\n {2}\$\{endIf\}\n!macroend/su.exec(hook)?.[1]
  expect(guarded).toContain('nsExec::Exec')
  // Neither an exit code nor a missing file may end the uninstaller.
  expect(hook).not.toMatch(/\b(?:Abort|Quit|SetErrorLevel|ExecWait)\b/u)
})

test('the script before the removal ends well on every way', async () => {
  const script = await readFile(join(root, 'assets/package/before-uninstall.ps1'), 'utf8')
  expect(script).toMatch(/^\$ErrorActionPreference = 'SilentlyContinue'$/mu)
  expect(script.trimEnd()).toMatch(/\nexit 0$/u)
  expect([...script.matchAll(/\bexit (\S+)/gu)].map((match) => match[1])).not.toContain('1')
  // Windows PowerShell 5.1 reads a file without a byte order mark in the system's code page.
  expect(script).toMatch(/^[\x20-\x7e\n]*$/u)
})
