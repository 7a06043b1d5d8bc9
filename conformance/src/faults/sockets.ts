import type { Socket } from 'node:net';
import type { Frame } from './frame.ts';

/**
 * Sockets that can all be closed, and awaited, together. They report nothing by 'error': what matters is that a
 * socket has closed, and 'close' follows every error.
 */
export class Sockets {
  readonly #open: Set<Socket> = new Set();

  add(socket: Socket): Socket {
    this.#open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#open.delete(socket));
    socket.setNoDelay(true);
    return socket;
  }

  /** Resolves when the last one is closed. */
  async close(): Promise<void> {
    const closed = [...this.#open].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of this.#open) socket.destroy();
    await Promise.all(closed);
  }
}

/** Ends a connection with RST, or, where there is none yet, gives it up. */
export function reset(socket: Socket): void {
  // One whose FIN is on its way cannot be reset, and Node would lose it: never closed, never heard of again.
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || isEnding) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}

/** Writes a frame if the socket takes it; false = it wants a pause. */
export function send(socket: Socket, frame: Frame): boolean {
  if (!socket.writable) return true;
  let more = true;
  socket.cork();
  for (const part of frame.parts) more = socket.write(part);
  socket.uncork();
  return more;
}
