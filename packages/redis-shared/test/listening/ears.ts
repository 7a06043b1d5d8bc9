import type { PubSub, Subscriber, Tracked, Tracker, Tracking } from '@cache/core';

/** What a subscriber was told, in order. */
export interface Heard {
  readonly told: string[];
  readonly texts: string[];
  /** `previous number` of each message. */
  readonly numbers: [previous: number, number: number][];
  leave(): Promise<void>;
}

/** Subscribes, and writes down what is told. */
export function subscribed(pubsub: PubSub, channel: string): Heard {
  const [told, texts]: [string[], string[]] = [[], []];
  const numbers: [number, number][] = [];
  const subscriber: Subscriber = {
    subscribed: () => void told.push('subscribed'),
    lost: () => void told.push('lost'),
    message(previous, number, text) {
      numbers.push([previous, number]);
      texts.push(text);
    },
  };
  return { told, texts, numbers, leave: pubsub.subscribe(channel, subscriber) };
}

/** What a tracker was told, in order. */
export interface Noted {
  readonly told: string[];
  readonly keys: (string | undefined)[];
  readonly tracked: Tracked;
}

/** Tracks, and writes down what is told. */
export function tracked(tracking: Tracking, prefix: string): Noted {
  const told: string[] = [];
  const keys: (string | undefined)[] = [];
  const tracker: Tracker = {
    hearing: () => void told.push('hearing'),
    lost: () => void told.push('lost'),
    changed: (some) => void keys.push(...(some ?? [undefined])),
  };
  return { told, keys, tracked: tracking.track(prefix, tracker) };
}
