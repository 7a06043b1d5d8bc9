import type { MemcachedReply, MemcachedRequest } from './request.ts';
import type { MemcachedServer } from './server.ts';

/** What is told of a connection, in this order: ready or not, then its end. */
export interface LinkListener {
  ready(): void;
  /** Something has arrived: the server lives. */
  heard(): void;
  /** It has ended, for good. */
  lost(cause: unknown): void;
}

/**
 * What a driver must offer: one connection to one server, from its beginning to its end, in the binary protocol. It
 * never sends a request twice and never queues one for a connection that is to come.
 */
export interface MemcachedLink {
  /** Whether requests can still be handed over. */
  readonly open: boolean;
  /** What ended it, if something did. */
  readonly cause: unknown;
  /**
   * Hands requests over, in order and in one write where the driver can; the server must answer the last one. `take`
   * gets each reply with the index of its request. Resolves with whether the last one was answered; false = the
   * connection was lost before. Must not throw or reject.
   */
  send(
    requests: readonly MemcachedRequest[],
    take: (index: number, reply: MemcachedReply) => void,
  ): Promise<boolean>;
  /** Ends it; resolves when it has. */
  close(): Promise<void>;
}

/**
 * Begins a connection, login included. It must not tell of anything before it has returned, and is ready when the server
 * has answered: a frozen one accepts connections.
 */
export type LinkTo = (server: MemcachedServer, listener: LinkListener) => MemcachedLink;
