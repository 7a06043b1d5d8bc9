import { ok } from 'node:assert/strict';
import type { Call, Outcome, PubSub, Subscriber, Tracked, Tracker, Tracking } from '@cache/core';
import type { Bench, TestAdapter } from './bench.ts';
import { until, valueIn, within } from './check.ts';

/** One message as it was heard. */
export interface HeardMessage {
  readonly previous: number;
  readonly number: number;
  readonly text: string;
}

/** A subscriber that writes down what it is told. */
export class Listener implements Subscriber {
  readonly told: ('subscribed' | 'lost')[] = [];
  readonly messages: HeardMessage[] = [];
  /** Ends it. */
  leave: () => Promise<void> = async () => undefined;

  subscribed(): void {
    this.told.push('subscribed');
  }

  lost(): void {
    this.told.push('lost');
  }

  message(previous: number, number: number, text: string): void {
    this.messages.push({ previous, number, text });
  }

  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }
}

/** Subscribes, and waits until it hears. */
export async function listen(bench: Bench, channel: string): Promise<Listener> {
  const listener = new Listener();
  listener.leave = pubsubOf(bench.adapter).subscribe(channel, listener);
  await until(bench.patienceMs, 'subscribed', () => listener.told.length > 0);
  return listener;
}

/** Publishes, and answers the number. */
export async function publish(bench: Bench, channel: string, text: string): Promise<number> {
  return await number('publish', bench, pubsubOf(bench.adapter).publish(channel, text, bench.call()));
}

export async function lastNumber(bench: Bench, channel: string): Promise<number> {
  return await number('number', bench, pubsubOf(bench.adapter).number(channel, bench.call()));
}

async function number(what: string, bench: Bench, answer: Promise<Outcome<number>>): Promise<number> {
  const value = valueIn(await within(bench.patienceMs + 2000, what, answer), what);
  ok(Number.isSafeInteger(value) && value >= 0, `${what} answered ${value}`);
  return value;
}

export function pubsubOf({ pubsub }: TestAdapter): PubSub {
  ok(pubsub !== undefined, 'the adapter has no facet pubsub');
  return pubsub;
}

/** A tracker that writes down what it is told. */
export class Watcher implements Tracker {
  readonly told: ('hearing' | 'lost')[] = [];
  /** The keys that were told; undefined = any. */
  readonly keys: (string | undefined)[] = [];
  tracked: Tracked | undefined;

  hearing(): void {
    this.told.push('hearing');
  }

  lost(): void {
    this.told.push('lost');
  }

  changed(keys: readonly string[] | undefined): void {
    if (keys === undefined) this.keys.push(undefined);
    else this.keys.push(...keys);
  }

  /** Whether a change of the key was told, since so many. */
  heard(key: string, since = 0): boolean {
    return this.keys.slice(since).some((one) => one === undefined || one === key);
  }

  async confirm(call: Call): Promise<Outcome<void>> {
    ok(this.tracked !== undefined, 'nothing is tracked');
    return await this.tracked.confirm(call);
  }
}

/** Tracks a prefix, and waits until it hears. */
export async function watch(bench: Bench, prefix: string): Promise<Watcher> {
  const watcher = new Watcher();
  watcher.tracked = trackingOf(bench.adapter).track(prefix, watcher);
  await until(bench.patienceMs, 'hearing', () => watcher.told.length > 0);
  return watcher;
}

export function trackingOf({ tracking }: TestAdapter): Tracking {
  ok(tracking !== undefined, 'the adapter has no facet tracking');
  return tracking;
}

/** Runs while warnings of what throws where it is told something stay unprinted. */
export async function withoutWarnings(run: () => Promise<void>): Promise<void> {
  const silent = (): void => undefined;
  process.on('warning', silent);
  try {
    await run();
  } finally {
    process.off('warning', silent);
  }
}
