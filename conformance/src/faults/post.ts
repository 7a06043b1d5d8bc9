import type { Fault } from './fault.ts';
import type { Link } from './link.ts';
import type { Passing } from './passing.ts';
import type { Protocol } from './protocol.ts';
import type { Timers } from './schedule.ts';
import type { Sockets } from './sockets.ts';
import type { ProxyStats } from './stats.ts';

/** Where a server listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How slowly replies go. */
export interface Pace {
  /** Replies trickle, one after the other a connection, at this rate. Default: at once. */
  readonly bytesPerSecond?: number;
  /** Each reply leaves this many ms after it arrived, so that pipelined ones wait together. Default 0. */
  readonly latencyMs?: number;
}

/** What a connection asks of its proxy. */
export interface Post {
  readonly target: Endpoint;
  readonly protocol: Protocol;
  readonly sockets: Sockets;
  readonly timers: Timers;
  readonly stats: ProxyStats;
  readonly pace: Pace;
  /** Whether nothing passes at present. */
  readonly stalled: boolean;
  /** Whether what arrives at present is lost. */
  readonly swallowing: boolean;
  /** Takes note of a frame. */
  saw(passing: Passing): void;
  /** The first fault, in the order they were set, that takes the frame. */
  judge(passing: Passing): Fault | undefined;
  /** Takes note of bytes that are not of the protocol, and of matchers that throw. */
  failed(error: unknown): void;
  /** Both ends of the link are closed. */
  over(link: Link): void;
}
