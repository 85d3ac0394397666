/** The part of bittorrent-dht that tests use; it brings no types of its own. */
declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events'

  interface Item {
    readonly v: Uint8Array
    readonly k: Uint8Array
    readonly sig: Uint8Array
    readonly seq: number
  }

  export class Client extends EventEmitter {
    constructor(options: {
      /** False for the first node of a net. */
      readonly bootstrap: false | readonly { readonly host: string; readonly port: number }[]
      readonly verify: (signature: Buffer, message: Buffer, publicKey: Buffer) => boolean
      /** Whether to find out the address others see. */
      readonly host?: string
    })
    listen(port: number, address: string, onListening: () => void): void
    address(): { readonly port: number }
    put(item: Item, done: (error: Error | null, target: Buffer, stored: number) => void): void
    get(
      target: Uint8Array,
      options: { readonly cache: boolean },
      done: (error: Error | null, item: Item | null) => void,
    ): void
    destroy(done: () => void): void
  }
}
