import type { Adapter, Call, Clock, Outcome } from '../src/index.ts';

/** A clock that stands still until it is told otherwise. Deferred callbacks run when the test says so. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  readonly #timers: Set<{ readonly at: number; readonly run: () => void }> = new Set();
  readonly deferred: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  schedule(run: () => void, ms: number): { cancel(): void; unref(): void } {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer), unref: () => undefined };
  }

  defer(callback: () => void): void {
    this.deferred.push(callback);
  }

  get timers(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at > this.#now || !this.#timers.delete(timer)) continue;
      timer.run();
    }
  }

  endTurn(): void {
    for (const callback of this.deferred.splice(0)) callback();
  }
}

/** One call of the adapter, which answers when the test says so. */
export interface Held {
  readonly method: string;
  readonly keys: readonly string[];
  readonly call: Call;
  answer(outcomes: Outcome<unknown>[]): void;
}

/** An adapter that stores nothing and holds every call. */
export function heldAdapter(): Adapter<string> & { readonly held: Held[] } {
  const held: Held[] = [];
  const hold = (method: string) => (items: readonly (string | { readonly key: string })[], call: Call) =>
    new Promise<Outcome<never>[]>((resolve) => {
      const keys = items.map((item) => (typeof item === 'string' ? item : item.key));
      held.push({ method, keys, call, answer: resolve as (outcomes: Outcome<unknown>[]) => void });
    });
  return {
    name: 'held',
    payload: 'reference',
    limits: { maxKeyBytes: 1000, maxValueBytes: 1000, maxTtlMs: 1e12, ttlResolutionMs: 1 },
    read: hold('read'),
    write: hold('write'),
    remove: hold('remove'),
    touch: hold('touch'),
    close: async () => undefined,
    held,
  };
}

/** Lets every microtask that is queued, and those that they queue, run. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

/** A call that an adapter was given. */
export interface Given {
  readonly method: string;
  readonly keys: readonly string[];
  readonly call: Call;
}

/** An adapter that stores nothing and answers as it is told, key by key. */
export function toldAdapter(
  answer: (key: string, given: Given) => Outcome<unknown>,
  name = 'told',
): Adapter<string> & { readonly given: Given[] } {
  const given: Given[] = [];
  const tell =
    (method: string) => async (items: readonly (string | { readonly key: string })[], call: Call) => {
      const keys = items.map((item) => (typeof item === 'string' ? item : item.key));
      const one = { method, keys, call };
      given.push(one);
      return keys.map((key) => answer(key, one) as Outcome<never>);
    };
  return {
    name,
    payload: 'reference',
    limits: { maxKeyBytes: 1000, maxValueBytes: 1000, maxTtlMs: 1e12, ttlResolutionMs: 1 },
    read: tell('read'),
    write: tell('write'),
    remove: tell('remove'),
    touch: tell('touch'),
    close: async () => undefined,
    given,
  };
}
