import type { Frame } from './frame.ts';

/** What a frame from the server is. */
export interface Answer {
  /** The request that it answers; undefined for a push, and for a reply that nobody can be found for. */
  readonly request: Frame | undefined;
  /** Whether it came without being asked for. The confirmation of a SUBSCRIBE is a push that has a request. */
  readonly push: boolean;
  /** Whether its request is now answered in full. */
  readonly last: boolean;
}

/** Finds the request that a reply answers. One for each connection to a server. */
export interface Pairing {
  /** A request has gone to the server. Returns whether the server is sure to answer it. */
  sent(request: Frame): boolean;
  /** A frame has come from the server. */
  answered(reply: Frame): Answer;
}

/** Pairs nothing: every frame from the server is a reply to nobody knows what. */
export class NoPairing implements Pairing {
  sent(): boolean {
    return false;
  }

  answered(): Answer {
    return { request: undefined, push: false, last: true };
  }
}
