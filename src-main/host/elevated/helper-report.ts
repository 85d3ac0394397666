import { z } from 'zod'

const reportSchema = z.object({
  v: z.literal(1),
  ok: z.boolean(),
  verb: z.string(),
  code: z.string(),
  backend: z.string(),
  changed: z.boolean(),
  message: z.string(),
  commands: z.array(z.string()),
})

/** The one line of JSON in which the elevated scripts say what they did. Not to be believed. */
export type HelperReport = z.output<typeof reportSchema>

/** Undefined for anything but exactly one well-formed line. osascript ends lines with CR. */
export function parseReport(stdout: string): HelperReport | undefined {
  const lines = stdout.split(/[\r\n]+/u).filter((line) => line !== '')
  if (lines.length !== 1) return undefined
  try {
    const parsed = reportSchema.safeParse(JSON.parse(lines[0] ?? ''))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
