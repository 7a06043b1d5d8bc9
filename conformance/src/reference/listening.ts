import {
  type Call,
  type Clock,
  failed,
  type Outcome,
  ok,
  type PubSub,
  refusalOf,
  type Subscriber,
  type Tracker,
  type Tracking,
} from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import { withParts } from '../kit/wrap.ts';
import type { Shelf } from './shelf.ts';

/** The adapter with the facets pubsub and tracking: adapters of one shelf hear one another. */
export function withListening(inner: TestAdapter, shelf: Shelf, clock: Clock): TestAdapter {
  let closed = false;
  const leaving = new Set<() => Promise<void>>();
  const refused = async <T>(call: Call, run: () => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    const refusal = refusalOf(call, clock, closed);
    return refusal === undefined ? await run() : failed(refusal);
  };
  /** What ends it, now or with the adapter. */
  const until = (leave: () => Promise<void>): (() => Promise<void>) => {
    const once = async (): Promise<void> => {
      if (leaving.delete(once)) await leave();
    };
    leaving.add(once);
    return once;
  };
  const pubsub: PubSub = {
    publish: (channel, text, call) => refused(call, () => shelf.published.publish(channel, text, call)),
    number: (channel, call) => refused(call, () => shelf.published.number(channel, call)),
    subscribe(channel, subscriber) {
      if (closed) return async () => undefined;
      return until(shelf.published.subscribe(channel, guardedSubscriber(subscriber)));
    },
  };
  const tracking: Tracking = {
    track(prefix, tracker) {
      if (closed)
        return { confirm: (call) => refused(call, async () => ok(undefined)), close: async () => {} };
      let left = false;
      const { hearing, changed } = guardedTracker(tracker);
      queueMicrotask(() => {
        if (!left) hearing();
      });
      const unwatch = shelf.watch((key) => {
        if (key.startsWith(prefix)) changed([key]);
      });
      const leave = until(async () => {
        left = true;
        unwatch();
      });
      return {
        confirm: async (call) => {
          const refusal = refusalOf(call, clock, closed || left);
          return refusal === undefined ? ok(undefined) : failed(refusal);
        },
        close: leave,
      };
    },
  };
  return withParts(inner, {
    pubsub,
    tracking,
    async close() {
      closed = true;
      await Promise.all([...leaving].map((leave) => leave()));
      await inner.close();
    },
  });
}

/** A subscriber whose errors harm nobody. */
function guardedSubscriber(subscriber: Subscriber): Subscriber {
  return {
    subscribed: () => guarded(() => subscriber.subscribed()),
    lost: () => guarded(() => subscriber.lost()),
    message: (previous, number, text) => guarded(() => subscriber.message(previous, number, text)),
  };
}

function guardedTracker(tracker: Tracker): Tracker {
  return {
    hearing: () => guarded(() => tracker.hearing()),
    lost: () => guarded(() => tracker.lost()),
    changed: (keys) => guarded(() => tracker.changed(keys)),
  };
}

function guarded(tell: () => void): void {
  try {
    tell();
  } catch {
    // Whoever listens has nothing to say here.
  }
}
