import { connect, type Socket } from 'node:net';
import type { Frame } from './frame.ts';
import type { Pairing } from './pairing.ts';
import type { Post } from './post.ts';
import { pairingFor, parserFor } from './protocol.ts';
import { RepliesAwaited } from './replies-awaited.ts';
import { send } from './sockets.ts';

/**
 * A connection to the server for requests whose own connection is lost. It closes after the answer to the last of
 * them; the answers themselves go nowhere.
 */
export class LateDelivery {
  readonly #post: Post;
  readonly #socket: Socket;
  readonly #pairing: Pairing;
  readonly #awaited: RepliesAwaited = new RepliesAwaited();

  constructor(post: Post) {
    this.#post = post;
    this.#pairing = pairingFor(post.protocol);
    this.#socket = post.sockets.add(connect({ ...post.target, allowHalfOpen: true }));
    const parser = parserFor(post.protocol, 'reply');
    this.#socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of parser.push(chunk)) this.#answered(frame);
      } catch (error) {
        post.failed(error);
        this.#socket.destroy();
      }
    });
    this.#socket.on('end', () => this.#socket.end());
    this.#socket.on('error', (error: Error) => this.#awaited.lost(error));
    this.#socket.on('close', () =>
      this.#awaited.lost(new Error('The server closed without answering a late request')),
    );
  }

  /** Whether it takes another request. */
  get open(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded;
  }

  /** Resolves with the answer, or when the request is written if none is certain. Rejects if it cannot be sent. */
  send(request: Frame): Promise<void> {
    const answered = this.#awaited.wait(request);
    const certain = this.#pairing.sent(request);
    this.#post.stats.requests += 1;
    this.#post.stats.bytesUp += request.size;
    send(this.#socket, request);
    if (!certain) {
      this.#socket.write('', (error) => {
        // On an error 'close' follows, which rejects.
        if (error) return;
        this.#awaited.came(request);
        this.#finish();
      });
    }
    return answered;
  }

  #answered(reply: Frame): void {
    const { request, last } = this.#pairing.answered(reply);
    if (request === undefined || !last) return;
    this.#awaited.came(request);
    this.#finish();
  }

  #finish(): void {
    if (this.#awaited.size === 0) this.#socket.end();
  }
}
