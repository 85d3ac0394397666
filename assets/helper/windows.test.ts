import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/**
 * PowerShell 5.1 does not exist on the computers these tests run on: they hold the text to what was
 * decided, and cannot tell whether Windows does what it says. The manual matrix is in docs.
 */
const text = readFileSync(new URL('./dns-helper.ps1', import.meta.url), 'utf8')
const posix = readFileSync(new URL('./dns-helper.sh', import.meta.url), 'utf8')
const code = text.replaceAll(/^\s*#.*$/gmu, '')

describe('the helper for Windows', () => {
  it('fits into a command line, twice encoded', () => {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8192)
    // Without a mark of its encoding PowerShell 5.1 takes a script for one of the local code page.
    expect(text).toMatch(/^[\n\u0020-\u007e]*$/u)
  })

  it('closes what it opens', () => {
    const bare = code.replaceAll(/'[^'\n]*'/gu, "''").replaceAll(/"[^"\n]*"/gu, '""')
    for (const [open, close] of ['{}', '()', '[]'].map((pair) => pair.split(''))) {
      expect(bare.split(open ?? '').length).toBe(bare.split(close ?? '').length)
    }
  })

  it('adds one rule: suffixes with a leading dot, this computer, our comment', () => {
    expect(code).toContain(
      `DnsClient\\Add-DnsClientNrptRule -Namespace $names -NameServers '127.0.0.1' -DisplayName 'Nostr DNS' -Comment $marker`,
    )
    expect(code.match(/DnsClient\\Add-DnsClientNrptRule/gu)).toHaveLength(1)
    expect(code).toContain('$names = @($suffixes | ForEach-Object { ".$_" })')
    expect(code).not.toContain('*.')
    expect(code).toContain("$known = 'nostr', 'pkarr', 'key'")
    expect(new Set(code.match(/\b\d+\.\d+\.\d+\.\d+\b/gu))).toEqual(new Set(['127.0.0.1']))
  })

  it('has the marker of the other helper, which the app looks for', () => {
    const marker = /marker='([^']+)'/u.exec(posix)?.[1]
    expect(marker).toBeDefined()
    expect(code).toContain(`$marker = '${marker}'`)
  })

  it('removes only rules with its comment', () => {
    const removals = code
      .match(/^.*(?:Remove-DnsClientNrptRule|Remove-Item).*$/gmu)
      ?.map((line) => line.trim())
    expect(removals).toEqual([
      'DnsClient\\Remove-DnsClientNrptRule -Name $rule.Name -Force',
      'Did "Remove-DnsClientNrptRule -Name $($rule.Name) -Force"',
      'Remove-Item -LiteralPath "$policy\\$($key.PSChildName)" -Recurse',
      `Did "Remove-Item '$policy\\$($key.PSChildName)'"`,
      'if (Test-Path -LiteralPath $manifest) { Remove-Item -LiteralPath $manifest -Recurse }',
      'Remove-Item -LiteralPath $manifest -Recurse -ErrorAction SilentlyContinue',
    ])
    expect(code).toContain('foreach ($rule in OurRules) {')
    expect(code).toContain('foreach ($key in OurPolicyRules) {')
    expect(code).toContain(
      'function OurRules { DnsClient\\Get-DnsClientNrptRule | Where-Object { $_.Comment -ceq $marker } }',
    )
    expect(code).toContain(`PolicyRules | Where-Object { $_.GetValue('Comment') -ceq $marker }`)
  })

  it('writes beside the rules of a group policy, also an empty one, with the values Windows reads', () => {
    expect(code).toContain(
      "$policy = 'HKLM:\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DNSClient\\DnsPolicyConfig'",
    )
    for (const value of [
      "@('Version', 'DWord', 1)",
      "@('Name', 'MultiString', $names)",
      "@('GenericDNSServers', 'String', '127.0.0.1')",
      "@('ConfigOptions', 'DWord', 8)",
      "@('Comment', 'String', $marker)",
    ]) {
      expect(code).toContain(value)
    }
    // The key itself is the policy's: never made, so never removed.
    expect(code).not.toMatch(/New-Item (?:-Path )?\$policy\b/u)
    expect(code).toContain("Finish 0 'MASKED'")
    expect(code).toContain('"$system\\gpupdate.exe" /target:computer')
  })

  it('forgets earlier answers after a change and after an undo', () => {
    expect(code).toMatch(/function Refresh \{[^]*?DnsClient\\Clear-DnsClientCache\n\}/u)
    expect(code.match(/\bRefresh\b/gu)).toHaveLength(3)
  })

  it('keeps its manifest where the specification says', () => {
    expect(code).toContain("$manifest = 'HKLM:\\SOFTWARE\\NostrDNS'")
    expect(code).toContain(`$note = "v1 nrpt 53 $($suffixes -join ' ')"`)
  })

  it('ends with the exit codes of the other helper', () => {
    const codes = [...code.matchAll(/Finish (\d+) '([A-Z_]+)'/gu)].map(
      ([, exit, name]) => `${exit} ${name}`,
    )
    expect([...new Set(codes)].toSorted()).toEqual([
      '0 ABSENT',
      '0 DRIFT',
      '0 INSTALLED',
      '0 MASKED',
      '0 OK',
      '64 USAGE',
      '69 NO_PORT',
      '69 UNKNOWN_SYSTEM',
      '73 WRITE',
      '74 RELOAD',
      '75 CONFLICT',
      '77 NOT_ROOT',
    ])
    for (const line of codes.filter((name) => !/MASKED|NO_PORT/u.test(name))) {
      const [exit, name] = line.split(' ')
      expect(posix).toMatch(new RegExp(`(?:finish )?\\b${exit}\\b[^]*\\b${name}\\b`, 'u'))
    }
  })

  it('runs nothing that it was not written with', () => {
    expect(code).not.toMatch(
      /Invoke-Expression|\biex\b|Invoke-Command|Start-Process|DownloadString|-Command\b/iu,
    )
    expect(code).toContain('$system = [Environment]::SystemDirectory')
    expect(code).toContain('$env:PSModulePath = "$system\\WindowsPowerShell\\v1.0\\Modules"')
    expect(code.match(/^\s*& .*$/gmu)?.map((line) => line.trim())).toEqual([
      '& "$system\\gpupdate.exe" /target:computer /wait:0 | Out-Null',
    ])
    // Of the environment only what it sets itself.
    expect(code.match(/\$env:\w+/gu)).toEqual(['$env:PSModulePath', '$env:PSModulePath'])
  })

  it('asks who it is before it changes anything', () => {
    expect(code.indexOf('IsInRole')).toBeGreaterThan(0)
    expect(code.indexOf('IsInRole')).toBeLessThan(code.indexOf('$whole = RemoveOurs'))
    expect(code.indexOf('IsInRole')).toBeLessThan(code.indexOf('New-Item -Path $manifest'))
  })
})
