/** Import this before any schema: zod probes for `new Function`, which the page's CSP reports. */
import { config } from 'zod'

config({ jitless: true })
