import type { Direction, Frame } from './frame.ts';

/** What a matcher sees: a frame that passes the proxy, and where. */
export interface Passing {
  readonly direction: Direction;
  /** Which client connection: 1 is the first that the proxy accepted. */
  readonly connection: number;
  /**
   * The command, upper-cased: of a request its own, of a reply that of the request which it answers, of an unasked
   * push its kind (`INVALIDATE`, `MESSAGE`). `''` where nobody knows (raw; a reply that cannot be paired).
   */
  readonly command: string;
  /** RESP: the arguments after the command. Memcached: key and value. Of a reply: those of its request. */
  readonly args: readonly Buffer[];
  /** Whether the frame came from the server without being asked for. */
  readonly push: boolean;
  /** The frame itself; `frame.bytes` is what is on the wire. */
  readonly frame: Frame;
}

/** Which frames a fault is for: a command's name (in capitals), or a predicate, which must not throw. */
export type Match = string | ((passing: Passing) => boolean);

/** @param request for a frame from the server, the request that it answers. */
export function passing(
  direction: Direction,
  connection: number,
  frame: Frame,
  push: boolean,
  request: Frame | undefined,
): Passing {
  // An ordinary array's first word is data, not a command: only a push names itself.
  const source = request ?? (direction === 'request' || push ? frame : undefined);
  return {
    direction,
    connection,
    push,
    frame,
    get command(): string {
      return source?.command ?? '';
    },
    get args(): readonly Buffer[] {
      return source?.args ?? [];
    },
  };
}
