export type WireErrorCode =
  /** The data ends inside a field, or counts promise more than there is. */
  | 'truncated'
  /** A compression pointer that does not point backwards, or stands where none may. */
  | 'bad-pointer'
  /** A label of a reserved type, or an empty or over-long one. */
  | 'bad-label'
  /** More than 255 octets. */
  | 'name-too-long'
  /** RDATA that does not fit its type or its length. */
  | 'bad-rdata'
  /** More than one OPT record, or one where none may be (RFC 6891 s.6.1.1). */
  | 'bad-opt'
  /** The message does not fit the size given. */
  | 'too-large'
  /** A value of the model that has no wire form, such as port 65536. */
  | 'bad-value'

/** A message that cannot be read or written. Servers answer FORMERR (RFC 1035 s.4.1.1). */
export class WireError extends Error {
  readonly code: WireErrorCode

  constructor(code: WireErrorCode, message: string) {
    super(message)
    this.name = 'WireError'
    this.code = code
  }
}
