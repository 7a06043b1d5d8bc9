/** Requests of the binary protocol. */
export const OPCODE = {
  set: 0x01,
  add: 0x02,
  replace: 0x03,
  delete: 0x04,
  increment: 0x05,
  decrement: 0x06,
  get: 0x00,
  /** Answered on a hit or an error alone. */
  getQuietly: 0x09,
  noop: 0x0a,
  stat: 0x10,
  touch: 0x1c,
} as const;

export interface MemcachedRequest {
  readonly opcode: number;
  readonly key?: Buffer;
  readonly extras?: Buffer;
  readonly value?: Uint8Array;
  /** 8 bytes; the server acts only where its own is the same. */
  readonly cas?: Buffer | undefined;
  /** Hears every reply, where there is more than one. */
  readonly hear?: (reply: MemcachedReply) => void;
}

export interface MemcachedReply {
  readonly status: number;
  /** 8 bytes. */
  readonly cas: Buffer;
  readonly key: Buffer;
  readonly extras: Buffer;
  readonly value: Buffer;
}

export const NOOP: MemcachedRequest = { opcode: OPCODE.noop };
