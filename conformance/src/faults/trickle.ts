import type { Socket } from 'node:net';
import type { Frame } from './frame.ts';
import type { Timers } from './schedule.ts';

/** Pieces a second: small enough for a client to see a reply grow. */
const PIECES = 20;

/** Writes a frame at a rate, each piece after the time that it takes; then calls `done`. */
export function trickle(
  socket: Socket,
  frame: Frame,
  bytesPerSecond: number,
  timers: Timers,
  done: () => void,
): void {
  const bytes = frame.bytes;
  const piece = Math.max(1, Math.ceil(bytesPerSecond / PIECES));
  const next = (at: number): void => {
    if (at >= bytes.length || !socket.writable) {
      done();
      return;
    }
    const part = bytes.subarray(at, at + piece);
    timers.after((part.length / bytesPerSecond) * 1000, () => {
      if (socket.writable) socket.write(part);
      next(at + piece);
    });
  };
  next(0);
}
