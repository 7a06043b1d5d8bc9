import type { Direction, FrameParser } from './frame.ts';
import { MemcachedParser } from './memcached-frames.ts';
import { MemcachedPairing } from './memcached-pairing.ts';
import { NoPairing, type Pairing } from './pairing.ts';
import { RawParser } from './raw-frames.ts';
import { RespParser } from './resp-frames.ts';
import { RespPairing } from './resp-pairing.ts';

/** What the proxy takes the bytes for. `raw`: every chunk is a frame, without command, never paired. */
export type Protocol = 'resp' | 'memcached' | 'raw';

export function parserFor(protocol: Protocol, direction: Direction): FrameParser {
  if (protocol === 'resp') return new RespParser(direction);
  if (protocol === 'memcached') return new MemcachedParser(direction);
  return new RawParser();
}

export function pairingFor(protocol: Protocol): Pairing {
  if (protocol === 'resp') return new RespPairing();
  if (protocol === 'memcached') return new MemcachedPairing();
  return new NoPairing();
}
