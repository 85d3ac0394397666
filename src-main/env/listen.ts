import type { Server } from 'node:net'
import { AppError, type Problem } from './errors.ts'

/** Who wants to listen, for the messages when that fails. */
export interface Listener {
  /** Prefix of the Problem codes: `relay`. */
  readonly code: string
  /** `embedded relay`. */
  readonly name: string
}

/**
 * Makes `server` listen. Rejects with an AppError: `<code>.port-in-use`, `<code>.port-forbidden` or
 * `<code>.listen-failed`.
 */
export async function listenOn(
  server: Server,
  host: string,
  port: number,
  listener: Listener,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new AppError(listenProblem(error.code, host, port, listener), { cause: error }))
    })
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function listenProblem(
  cause: string | undefined,
  host: string,
  port: number,
  { code, name }: Listener,
): Problem {
  if (cause === 'EADDRINUSE') {
    return {
      code: `${code}.port-in-use`,
      message: `Port ${port} is in use by another program, so the ${name} cannot start.`,
      hint: `Choose another port for the ${name}, or stop the other program.`,
    }
  }
  if (cause === 'EACCES') {
    return {
      code: `${code}.port-forbidden`,
      message: `There is no permission to use port ${port} for the ${name}.`,
      hint: 'Choose a port from 1024 up.',
    }
  }
  return {
    code: `${code}.listen-failed`,
    message: `The ${name} cannot listen on ${host} port ${port} (${cause ?? 'unknown error'}).`,
    hint: `Check the address and port of the ${name}.`,
  }
}
