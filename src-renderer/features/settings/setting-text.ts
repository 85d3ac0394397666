import type { Problem } from '../../../src-main/env/errors.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import type { SettingPath } from './setting-path.ts'

const words = text.settings

/** A value as its owner types it. */
export interface SettingCodec<V> {
  format(value: V): string
  /** The value, or why the text is none. */
  parse(typed: string): { readonly value: V } | { readonly error: string }
}

export const numberCodec: SettingCodec<number> = {
  format: String,
  parse(typed) {
    const digits = typed.trim()
    return /^\d{1,9}$/u.test(digits) ? { value: Number(digits) } : { error: words.notANumber }
  },
}

/** One entry a line; empty lines do not count. */
export const listCodec: SettingCodec<string[]> = {
  format: (entries) => entries.join('\n'),
  parse: (typed) => ({ value: entriesOf(typed).map(({ entry }) => entry) }),
}

function entriesOf(typed: string): readonly { readonly entry: string; readonly line: number }[] {
  return typed
    .split('\n')
    .map((line, index) => ({ entry: line.trim(), line: index + 1 }))
    .filter(({ entry }) => entry !== '')
}

/**
 * A refusal of the engine, worded for the field of `path`: it names the setting (and the place in a
 * list), which the field already says, or a line of what was typed.
 */
export function fieldFailure(problem: Problem, path: SettingPath, typed: string): string {
  const prefix = `The setting ${path}`
  if (problem.code !== 'settings.invalid' || !problem.message.startsWith(prefix)) {
    const { title, hint } = problemText(problem)
    return hint === undefined ? title : `${title} ${hint}`
  }
  const [, index, reason = ''] =
    /^(?:\.(\d+))?: (.+)$/u.exec(problem.message.slice(prefix.length)) ?? []
  const sentence = capitalised(reason)
  if (index === undefined) return sentence
  const line = entriesOf(typed)[Number(index)]?.line ?? Number(index) + 1
  return words.inLine(line, sentence)
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
