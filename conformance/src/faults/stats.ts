import type { Direction } from './frame.ts';
import type { Passing } from './passing.ts';

/** What the proxy has forwarded since it was opened or reset. What a fault swallowed is not counted. */
export interface ProxyStats {
  /** Client connections accepted. */
  connections: number;
  /** Client connections open now; `reset()` leaves it. */
  open: number;
  /** Requests forwarded to the server. */
  requests: number;
  /** Replies forwarded to clients, pushes not included. */
  replies: number;
  /** Frames forwarded to clients that nobody asked for, and confirmations of subscriptions. */
  pushes: number;
  /** Bytes forwarded to the server. */
  bytesUp: number;
  /** Bytes forwarded to clients. */
  bytesDown: number;
  /**
   * Bursts of requests: all that was forwarded on a connection before the next reply was handed to its client
   * counts once, so a pipelined batch is one (a batch of megabytes, of which the server answers the first part before
   * the last has arrived, can be several). A push ends no burst.
   */
  roundTrips: number;
}

/** One frame that arrived at the proxy, forwarded or not. */
export interface HistoryEntry {
  readonly connection: number;
  readonly direction: Direction;
  readonly command: string;
}

export function noStats(): ProxyStats {
  return {
    connections: 0,
    open: 0,
    requests: 0,
    replies: 0,
    pushes: 0,
    bytesUp: 0,
    bytesDown: 0,
    roundTrips: 0,
  };
}

const BOUND = 10_000;

/** The last 10,000 frames, or none at all. */
export class History {
  readonly #recording: boolean;
  #entries: HistoryEntry[] = [];

  constructor(recording: boolean) {
    this.#recording = recording;
  }

  get entries(): readonly HistoryEntry[] {
    return this.#entries.slice(-BOUND);
  }

  add({ connection, direction, command }: Passing): void {
    if (!this.#recording) return;
    this.#entries.push({ connection, direction, command });
    // Trimmed at twice the bound, so that a step costs the same on average however long it goes on.
    if (this.#entries.length >= 2 * BOUND) this.#entries = this.#entries.slice(-BOUND);
  }

  clear(): void {
    this.#entries = [];
  }
}
