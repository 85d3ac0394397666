import { describe, expect, it } from 'vitest'
import { judgeRules } from './installed.ts'
import { parseRules } from './windows-rules.ts'

/** What `reg query …\DnsPolicyConfig /s` prints for our rule beside one of an organisation. */
function printed(change: (line: string) => string = (line) => line): string {
  return [
    '',
    'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Dnscache\\Parameters\\DnsPolicyConfig\\{0A1B2C3D-0000-4000-8000-000000000001}',
    '    Name    REG_MULTI_SZ    .corp.example',
    '    GenericDNSServers    REG_SZ    192.0.2.1;192.0.2.2',
    '    ConfigOptions    REG_DWORD    0x8',
    '    Comment    REG_SZ    ',
    '',
    'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Dnscache\\Parameters\\DnsPolicyConfig\\{0A1B2C3D-0000-4000-8000-000000000002}',
    '    Version    REG_DWORD    0x2',
    '    Name    REG_MULTI_SZ    .nostr\\0.pkarr\\0.key',
    '    GenericDNSServers    REG_SZ    127.0.0.1',
    '    ConfigOptions    REG_DWORD    0x8',
    '    DisplayName    REG_SZ    Nostr DNS',
    '    Comment    REG_SZ    Written by Nostr DNS, which replaces and removes this file.',
    '',
  ]
    .map(change)
    .join('\r\n')
}
const rules = parseRules(printed())

describe('parseRules', () => {
  it('reads keys and values', () => {
    expect(rules.map(({ id }) => id)).toEqual([
      '{0A1B2C3D-0000-4000-8000-000000000001}',
      '{0A1B2C3D-0000-4000-8000-000000000002}',
    ])
    expect(rules[0]?.values).toMatchObject({ Name: '.corp.example', Comment: '' })
    expect(rules[1]?.values).toMatchObject({ GenericDNSServers: '127.0.0.1', ConfigOptions: '0x8' })
  })

  it('reads a key without rules', () => {
    expect(parseRules('\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\\DnsPolicyConfig\r\n\r\n')).toEqual([])
  })
})

describe('judgeRules', () => {
  const ours = {
    kind: 'ours',
    backend: 'nrpt',
    wish: { port: 53, suffixes: ['nostr', 'pkarr', 'key'] },
  }
  const other = rules.slice(0, 1)
  const edited = (from: string, to: string): ReturnType<typeof parseRules> =>
    parseRules(printed((line) => line.replace(from, to)))

  it.each([
    ['no rules', undefined, undefined, { kind: 'absent' }],
    ['rules of others', other, undefined, { kind: 'absent' }],
    ['ours', rules, undefined, ours],
    ['masked by an empty policy', rules, [], { kind: 'edited' }],
    ['masked by a policy', rules, other, { kind: 'edited' }],
    ['beside the policy too', rules, rules, ours],
    ['another server', edited('    127.0.0.1', '    127.0.0.2'), undefined, { kind: 'edited' }],
    ['a foreign suffix', edited('.key', '.com'), undefined, { kind: 'edited' }],
    ['other options', edited('0x8', '0x2'), undefined, { kind: 'edited' }],
    [
      'fewer suffixes',
      edited('\\0.pkarr\\0.key', ''),
      undefined,
      { kind: 'ours', wish: { suffixes: ['nostr'] } },
    ],
  ])('%s', (_what, local, policy, expected) => {
    expect(judgeRules(local, policy)).toMatchObject(expected)
  })
})
