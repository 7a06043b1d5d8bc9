import type { Clock, PubSub, Tracking } from '@cache/core';
import { textOfCause } from './failure.ts';
import type { RedisLink } from './link.ts';
import { RedisPubSub } from './pubsub.ts';
import type { Route } from './route.ts';
import { RedisTracking } from './tracking.ts';

export interface ListeningOptions {
  readonly route: Route;
  readonly prefix: string;
  readonly clock: Clock;
  readonly stallTimeoutMs: number;
}

/** What an adapter hears of its servers. */
export class Listening {
  readonly pubsub: PubSub;
  readonly tracking: Tracking;
  readonly close: () => Promise<void>;

  constructor({ route, prefix, clock, stallTimeoutMs }: ListeningOptions) {
    const troubled = ({ endpoint }: RedisLink, cause: unknown): void => {
      // Not as it is: who waits for `ready` would take it for what keeps calls from going through.
      route.tell({ kind: 'error', endpoint, cause: new Error(`listening: ${textOfCause(cause)}`) });
    };
    const options = { route, prefix, clock, beatMs: stallTimeoutMs, troubled };
    const pubsub = new RedisPubSub(options);
    const tracking = new RedisTracking(options);
    this.pubsub = pubsub;
    this.tracking = tracking;
    this.close = async () => {
      await Promise.all([pubsub.close(), tracking.close()]);
    };
  }
}
