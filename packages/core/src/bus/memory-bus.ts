import type { Bus } from '../contract/bus.ts';
import type { PubSub, Subscriber } from '../contract/facets.ts';
import { ok } from '../contract/outcome.ts';
import type { HeartbeatOptions } from './heartbeat.ts';
import { pubsubBus } from './pubsub-bus.ts';

/** Publish and subscribe among the caches of this process. */
export function memoryPubSub(): PubSub {
  const numbers = new Map<string, number>();
  const subscribers = new Map<string, Set<Subscriber>>();
  return {
    async publish(channel, message) {
      const previous = numbers.get(channel) ?? 0;
      const number = previous + 1;
      numbers.set(channel, number);
      for (const subscriber of subscribers.get(channel) ?? []) subscriber.message(previous, number, message);
      return ok(number);
    },
    number: async (channel) => ok(numbers.get(channel) ?? 0),
    subscribe(channel, subscriber) {
      const all = subscribers.get(channel) ?? new Set();
      subscribers.set(channel, all.add(subscriber));
      let left = false;
      queueMicrotask(() => {
        if (!left) subscriber.subscribed();
      });
      return async () => {
        left = true;
        all.delete(subscriber);
        if (all.size === 0) subscribers.delete(channel);
      };
    },
  };
}

/** A bus among the caches of this process: give the same one to each. */
export function memoryBus(options: HeartbeatOptions = {}): Bus {
  return pubsubBus({ name: 'memory', pubsub: memoryPubSub() }, options);
}
