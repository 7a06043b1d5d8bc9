import type { ConnectSettings } from '@cache/core';
import type { Hear, RedisCommand } from './link.ts';

/** Where connections come from, for a driver whose own reconnecting is not to be used. */
export interface ConnectionSource {
  /** Where the last one leads, or how the source is called while there was none; no credentials. */
  readonly endpoint: string;
  /**
   * Makes a client that has not connected yet.
   * @param hear what is published, for one that listens: as of a link's `ear`
   * @throws where the source cannot say at present where to connect to
   */
  client(settings: ConnectSettings, hear: Hear | undefined): Promise<OnceClient>;
  /** Tells when connections lead to the wrong server from now on; gives the function that ends this. */
  watch?(moved: (cause: Error) => void): () => void;
}

/** A driver's client that is ours alone, for one connection: it never connects again. */
export interface OnceClient {
  /** The listener hears of whatever breaks the connection. */
  onError(listener: (cause: unknown) => void): void;
  /** Connects and greets; need not be bounded in time. */
  connect(): Promise<unknown>;
  /**
   * Hands a command over, in one write with the others of its turn where the driver can. Rejects with the server's
   * error, and when the connection ends.
   */
  hand(command: RedisCommand): Promise<unknown>;
  /** Ends the connection, also one that is only being made. */
  destroy(): void;
}
