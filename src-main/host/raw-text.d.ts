/** A file's text, put into the bundle at build time. */
declare module '*.sh?raw' {
  const text: string
  export default text
}

declare module '*.ps1?raw' {
  const text: string
  export default text
}
