/** Worker thread that checks signatures in batches; the events come from `readEvent`. */
import { parentPort } from 'node:worker_threads'
import { loadSignatureCheck } from './schnorr.ts'
import type { VerifyBatch, VerifyReply } from './verify.ts'

const port = parentPort
if (port === null) throw new Error('verify-worker runs as a worker thread only')
const check = loadSignatureCheck()

port.on('message', (batch: VerifyBatch) => {
  void check.then((isSigned) => {
    const reply: VerifyReply = { serial: batch.serial, valid: batch.events.map(isSigned) }
    port.postMessage(reply)
  })
})
