/** RFC 7468 text of `der` under `label`, with a final line break. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/gu) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** RFC 7468 text of a DER certificate. */
export function certificatePem(der: Uint8Array): string {
  return encodePem('CERTIFICATE', der)
}

/** Longer input is no certificate and is not looked at. Characters. */
const longestPem = 128 * 1024

/**
 * DER of the first block `-----BEGIN <label>-----` of `text`, with any text around it and any line
 * breaks; undefined when there is none or it is not base64.
 */
export function decodePem(label: string, text: string): Buffer | undefined {
  if (text.length > longestPem) return undefined
  const begin = `-----BEGIN ${label}-----`
  const from = text.indexOf(begin)
  if (from < 0) return undefined
  const to = text.indexOf(`-----END ${label}-----`, from)
  if (to < 0) return undefined
  const base64 = text.slice(from + begin.length, to).replaceAll(/\s/gu, '')
  const der = Buffer.from(base64, 'base64')
  // Buffer skips what is not base64; only text that comes back unchanged was.
  return base64 !== '' && der.toString('base64') === base64 ? der : undefined
}

/** DER of the first certificate in `text`. */
export function decodeCertificatePem(text: string): Buffer | undefined {
  return decodePem('CERTIFICATE', text)
}
