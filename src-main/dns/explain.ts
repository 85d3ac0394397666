import type { Clock } from '../env/env.ts'
import type { ExplainStep, RecordView, ResolveReport } from '../../src-preload/contract/model.ts'
import type { ResolutionStep, Resolved } from './answers/resolved.ts'
import type { ResourceRecord } from './wire/message.ts'
import { rcodes } from './wire/message.ts'
import { formatRdata } from './wire/rdata-text.ts'

/** A record as shown to people. */
export function viewRecord(record: ResourceRecord): RecordView {
  return {
    name: record.name,
    type: record.rdata.type,
    ttl: record.ttl,
    rdata: formatRdata(record.rdata),
  }
}

/** What `resolved` says and why it may be believed. `startedMs` is when the look-up began. */
export function reportOf(
  name: string,
  type: string,
  resolved: Resolved,
  clock: Clock,
  startedMs: number,
): ResolveReport {
  const rcode = Object.entries(rcodes).find(([, code]) => code === resolved.rcode)
  return {
    name,
    type,
    rcode: rcode?.[0] ?? `RCODE${resolved.rcode}`,
    answers: resolved.answers.map(viewRecord),
    ...(resolved.ede && { ede: resolved.ede }),
    ...(resolved.withheld && { withheld: resolved.withheld }),
    steps: resolved.steps.map(explainStep),
    elapsedMs: clock.nowMs() - startedMs,
  }
}

function explainStep(step: ResolutionStep): ExplainStep {
  const { name, type } = step
  if (step.source !== 'system') {
    const isLocal = step.source === 'local'
    const isDenied = step.rcode === rcodes.NXDOMAIN
    const localKind = isDenied ? 'nxdomain' : step.records.length > 0 ? 'answer' : 'nodata'
    return {
      name,
      type,
      kind: isLocal ? localKind : 'forwarded',
      records: step.records.map(viewRecord),
      ...(isLocal && { system: 'local', verifiedBy: 'a rule of this program' }),
      ...(step.note !== undefined && { notes: [step.note] }),
    }
  }
  const { resolution } = step
  const { provenance } = resolution
  const hasRecords = resolution.kind === 'answer' || resolution.kind === 'alias'
  const failure = resolution.kind === 'failure' ? [resolution.ede.text] : []
  return {
    name,
    type,
    kind: resolution.kind,
    records: hasRecords ? resolution.rrset.map(viewRecord) : [],
    system: provenance?.system ?? step.system,
    ...(provenance && {
      format: provenance.format,
      signer: provenance.signer,
      eventIds: provenance.eventIds,
      sources: provenance.sources,
      ...(provenance.signedAt !== undefined && { signedAt: provenance.signedAt }),
      verifiedBy: provenance.verifiedBy,
    }),
    ...(resolution.kind !== 'failure' && { validUntil: resolution.validUntil }),
    notes: [...(provenance?.notes ?? []), ...failure],
  }
}
