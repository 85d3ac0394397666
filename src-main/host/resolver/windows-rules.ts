import type { Exec } from '../exec.ts'

/** Name resolution policy of this computer, and that of the group policy, which masks the former. */
export const localRulesKey =
  'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Dnscache\\Parameters\\DnsPolicyConfig'
export const policyRulesKey =
  'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DNSClient\\DnsPolicyConfig'

/** One rule: values by name, those of several strings joined by `\0` as reg.exe prints them. */
export interface RegistryRule {
  readonly id: string
  readonly values: Readonly<Record<string, string>>
}

/** The rules below `key`; undefined when there is no such key. */
export async function rulesOf(
  exec: Exec,
  key: string,
): Promise<readonly RegistryRule[] | undefined> {
  const result = await exec({ program: 'reg.exe', argv: ['query', key, '/s'] })
  if (result.kind !== 'exited' || result.code !== 0) return undefined
  return parseRules(result.stdout)
}

/** Reads what `reg query KEY /s` prints: a line for each key, then its values, indented. */
export function parseRules(text: string): readonly RegistryRule[] {
  const rules: { id: string; values: Record<string, string> }[] = []
  for (const line of text.split(/\r?\n/u)) {
    if (/^HKEY_/u.test(line)) {
      const id = line.split('\\').at(-1) ?? ''
      rules.push({ id, values: {} })
      continue
    }
    const value = /^ {4}(.+?) {4}REG_[A-Z_]+(?: {4}(.*))?$/u.exec(line)
    const rule = rules.at(-1)
    if (value !== null && rule !== undefined) rule.values[value[1] ?? ''] = value[2] ?? ''
  }
  return rules.filter(({ id }) => id.startsWith('{'))
}
