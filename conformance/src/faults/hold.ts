import { Fault, type FaultOptions } from './fault.ts';
import type { Direction } from './frame.ts';
import type { Match, Passing } from './passing.ts';

export interface HoldOptions extends FaultOptions {
  /** Default 'request'. */
  readonly direction?: Direction;
  /** Lets the frames behind a held one pass. Default false: they wait behind it, as on a real connection. */
  readonly overtake?: boolean;
}

/** One held frame, as its connection offers it. */
export interface Held {
  /** Whether the client that sent the frame, or is to get it, is still connected. */
  readonly connected: () => boolean;
  /** Lets it go on where it is. */
  readonly forward: () => void;
  /** Lets it go on, by a new connection to the server if need be. */
  readonly deliver: () => Promise<void>;
  readonly discard: () => void;
}

/** Frames held back. What is caught and not let go waits until the proxy is closed. */
export class Hold extends Fault {
  readonly overtake: boolean;
  #held: Held[] = [];

  constructor(match: Match, options: HoldOptions) {
    super('hold', options.direction ?? 'request', match, options.times ?? 1);
    this.overtake = options.overtake ?? false;
  }

  /** Resolves with the n-th frame (from 1) that is caught; rejects if the proxy is closed before. */
  held(n = 1): Promise<Passing> {
    return this.hit(n);
  }

  /** How many frames are held now. */
  get holding(): number {
    return this.#held.length;
  }

  /**
   * Forwards what is held now, in the order caught. Frames whose client has closed its connection stay held: they
   * want `deliver()` or `drop()`.
   */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const frame of held) {
      if (frame.connected()) frame.forward();
      else this.#held.push(frame);
    }
  }

  /**
   * Sends what is held now to the server, in the order caught, whether or not its client is still there: on the
   * connection it came by, which the proxy keeps open for it, or, where that is lost, on a new one. A new one is in
   * the state that the server gives a new client (no AUTH, SELECT or HELLO is repeated); frames that waited behind
   * the held one are then lost. Held replies are forwarded as by `release()`, those to nobody are dropped.
   *
   * Resolves once the server has answered each request that it is sure to answer; for others (raw protocol, quiet
   * memcached operations) once it is handed over. Rejects if the server cannot be reached or closes without an
   * answer.
   */
  deliver(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    const delivered = Promise.all(held.map((frame) => frame.deliver())).then(() => {});
    // Nobody need wait for it.
    delivered.catch(() => {});
    return delivered;
  }

  /** Forgets what is held now; what waits behind it goes on. */
  drop(): void {
    const held = this.#held;
    this.#held = [];
    for (const frame of held) frame.discard();
  }

  /** For the proxy. */
  keep(held: Held): void {
    this.#held.push(held);
  }

  /** For the proxy: it is being closed, with all that is held. */
  override end(error: Error): void {
    super.end(error);
    this.#held = [];
  }
}
