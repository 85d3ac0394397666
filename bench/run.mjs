/** `npm run bench -- SUBJECT [--quick] [--only=PART,…]`: measures beside peers and prints ratios. */
import { benchDns } from './dns.mjs'
import { benchPkarr } from './pkarr.mjs'
import { benchTls } from './tls.mjs'

const subjects = { dns: benchDns, tls: benchTls, pkarr: benchPkarr }
const words = process.argv.slice(2)
const quick = words.includes('--quick')
const parts = words
  .filter((word) => word.startsWith('--only='))
  .flatMap((word) => word.slice('--only='.length).split(','))
const names = words.filter((word) => !word.startsWith('--'))
const unknown = [
  ...names.filter((name) => !Object.hasOwn(subjects, name)),
  ...words.filter(
    (word) => word.startsWith('--') && word !== '--quick' && !word.startsWith('--only='),
  ),
]
if (unknown.length > 0) {
  process.stderr.write(
    `Unknown: ${unknown.join(', ')}. Usage: npm run bench -- [${Object.keys(subjects).join('|')}] [--quick] [--only=PART,…]\n`,
  )
  process.exit(2)
}
let isMet = true
for (const name of names.length > 0 ? names : Object.keys(subjects)) {
  isMet = (await subjects[name]({ quick, parts })) && isMet
}
process.exit(isMet ? 0 : 1)
