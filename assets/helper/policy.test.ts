import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const text = readFileSync(new URL('./org.nostr-dns.policy', import.meta.url), 'utf8')
const actions = [...text.matchAll(/<action id="([^"]+)">([^]*?)<\/action>/gu)].map(
  ([, id = '', body = '']) => ({
    id,
    body,
  }),
)

function annotation(body: string, key: string): string | undefined {
  return new RegExp(
    `<annotate key="org\\.freedesktop\\.policykit\\.${key}">([^<]*)</annotate>`,
    'u',
  ).exec(body)?.[1]
}

describe('the policy for polkit', () => {
  it('is about the helper that packages install, and its two verbs that need root', () => {
    expect(actions.map(({ body }) => annotation(body, 'exec.argv1'))).toEqual([
      'install',
      'uninstall',
    ])
    for (const { id, body } of actions) {
      expect(id).toMatch(/^org\.nostr-dns\.helper\.[a-z]+$/u)
      expect(annotation(body, 'exec.path')).toBe('/usr/libexec/nostr-dns/dns-helper')
      expect(annotation(body, 'exec.allow_gui')).toBeUndefined()
      expect(body).toMatch(/<message>[^<]+<\/message>/u)
    }
  })

  it('has an administrator asked each time, whoever asks', () => {
    for (const { body } of actions) {
      const defaults = [...body.matchAll(/<(allow_\w+)>(\w+)<\/\1>/gu)].map(([, who, what]) => [
        who,
        what,
      ])
      expect(Object.fromEntries(defaults)).toEqual({
        allow_any: 'auth_admin',
        allow_inactive: 'auth_admin',
        allow_active: 'auth_admin',
      })
    }
    expect(text).not.toContain('keep')
  })
})
