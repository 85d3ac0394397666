/**
 * Anything with a life of its own. `start` resolves when the service is usable or rejects with an
 * AppError; `stop` releases every socket, timer and file handle, resolves when they are gone, and
 * may be called twice or before `start`.
 */
export interface Service {
  start(): Promise<void>
  stop(): Promise<void>
}
