import { exitCodes, type ExitCode, type Terminal } from './terminal.ts'

/** The steps of a demonstration, printed as they pass or fail. */
export interface Script {
  check(step: string, proves: string, passed: boolean, evidence: string): void
  finish(): ExitCode
}

export function createScript(terminal: Terminal): Script {
  const steps: { step: string; proves: string; passed: boolean; evidence: string }[] = []
  return {
    check(step, proves, passed, evidence) {
      steps.push({ step, proves, passed, evidence })
      if (terminal.json) return
      terminal.line(`${passed ? 'PASS' : 'FAIL'}  ${step}`)
      terminal.line(`      ${proves}`)
      terminal.line(`      ${evidence}`)
    },
    finish() {
      const failed = steps.filter((entry) => !entry.passed).length
      if (terminal.json) terminal.line(JSON.stringify({ steps }))
      else terminal.line(`${steps.length - failed} passed, ${failed} failed`)
      return failed === 0 ? exitCodes.ok : exitCodes.failed
    },
  }
}
