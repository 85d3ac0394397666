import { expect, test } from 'vitest'
import { transparentProblem } from './transparent-problem.ts'

const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' })

test.each<[NodeJS.Platform, RegExp]>([
  ['linux', /net\.ipv4\.ip_unprivileged_port_start=80\b.*CAP_NET_BIND_SERVICE/u],
  ['darwin', /proxy/u],
  ['win32', /proxy/u],
])('on %s says what to do when the port may not be had', async (platform, advice) => {
  const problem = await transparentProblem(denied, 443, platform)
  expect(problem).toMatchObject({
    code: 'transparent.no-permission',
    message: expect.stringMatching(/port 443.*real addresses/u),
    hint: expect.stringMatching(advice),
  })
  expect(problem.hint).not.toMatch(/setcap/u)
})

test('passes on what it does not know', async () => {
  const problem = await transparentProblem(new Error('odd'), 443, 'linux')
  expect(problem).toMatchObject({
    code: 'transparent.listen-failed',
    message: expect.stringContaining('odd'),
  })
})
