import type { Clock, ConnectOptions } from '@cache/core';

/** What callers choose, whatever the driver. */
export interface RedisOptions extends ConnectOptions {
  /** Stands before every key, taken literally; without braces on a cluster. Default: the client's `keyPrefix`, or none. */
  readonly prefix?: string;
  /**
   * Into how many parts each namespace is split over a cluster, 1 to 1024. It must be the same in every process that
   * shares the cluster. Default: 32 on a cluster, else 1.
   */
  readonly buckets?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}
