import { type Outcome, ok } from '@cache/core';
import { FakeClock } from '../fake-clock.ts';
import type { AdapterHarness } from '../harness.ts';
import { referenceAdapter, referenceParts } from '../reference/adapter.ts';

/** Adapters that nobody would expect to look like this, and that keep the contract. */
export const unusualHarnesses: readonly AdapterHarness[] = [
  {
    name: 'every answer comes some turns late',
    expects: ['expiry', 'counters', 'scan'],
    async open() {
      const clock = new FakeClock();
      let calls = 0;
      const answer = async (): Promise<void> => {
        calls += 1;
        for (let i = 0; i < calls % 4; i += 1) await new Promise((resolve) => setImmediate(resolve));
      };
      const adapter = referenceAdapter({ clock, answer });
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  },
  {
    name: 'batches are done key by key, the last key first',
    expects: ['expiry', 'counters', 'scan'],
    async open() {
      const clock = new FakeClock();
      const inner = referenceAdapter({ clock });
      const adapter: typeof inner = {
        ...inner,
        read: (keys, call) =>
          lastKeyFirst(
            keys,
            (key) => key,
            (some) => inner.read(some, call),
          ),
        write: (writes, call) => lastKeyFirst(writes, keyOf, (some) => inner.write(some, call)),
        remove: (removals, call) => lastKeyFirst(removals, keyOf, (some) => inner.remove(some, call)),
        touch: (touches, call) => lastKeyFirst(touches, keyOf, (some) => inner.touch(some, call)),
      };
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  },
  {
    name: 'seven buckets',
    expects: ['expiry', 'counters', 'scan'],
    async open() {
      const clock = new FakeClock();
      const adapter = { ...referenceAdapter({ clock }), buckets: 7 };
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  },
  {
    name: 'replicas that are never behind',
    expects: ['expiry', 'counters', 'scan'],
    models: { seed: 7 },
    known: {
      'cache/cost/get-many': 'what replicas do not have is asked for twice',
      'cache/cost/load': 'what replicas do not have is asked for twice',
      'cache/many-loads/cost': 'what replicas do not have is asked for twice',
      'cache/breaker/opens': 'replicas are tried apart from the server',
      'cache/model': 'what replicas do not have is asked for again, behind a later call of the same turn',
    },
    async open() {
      const clock = new FakeClock();
      const adapter = { ...referenceAdapter({ clock }), hasReplicas: true };
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  },
  {
    name: 'no facet at all',
    expects: [],
    async open() {
      const clock = new FakeClock();
      const { expiry: _e, counters: _c, scan: _s, ...adapter } = referenceAdapter({ clock });
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  },
  {
    name: 'lives of whole seconds',
    expects: ['expiry', 'counters', 'scan'],
    async open() {
      const clock = new FakeClock();
      const adapter = referenceAdapter({ clock, ttlResolutionMs: 1000 });
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  },
  {
    name: 'versions that are bytes, counted by key, and keys of 200 bytes at most',
    expects: ['counters'],
    async open() {
      const clock = new FakeClock();
      const inner = referenceAdapter({ clock, limits: { maxKeyBytes: 200 } });
      const { expiry: _e, scan: _s, ...rest } = inner;
      const encode = (version: unknown): Uint8Array => new TextEncoder().encode(String(version));
      const decode = <T extends { when?: unknown }>(item: T): T => {
        if (typeof item.when !== 'object') return item;
        const { version } = item.when as { version: Uint8Array };
        return { ...item, when: { version: Number(new TextDecoder().decode(version)) } };
      };
      const adapter: typeof rest = {
        ...rest,
        read: async (keys, call) =>
          (await inner.read(keys, call)).map((answer) =>
            answer.ok && answer.value
              ? ok({ ...answer.value, version: encode(answer.value.version) })
              : answer,
          ),
        write: async (writes, call) =>
          (await inner.write(writes.map(decode), call)).map((answer) =>
            answer.ok && answer.value.written
              ? ok({ written: true as const, version: encode(answer.value.version) })
              : answer,
          ),
        remove: (removals, call) => inner.remove(removals.map(decode), call),
        touch: (touches, call) => inner.touch(touches.map(decode), call),
      };
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  },
];

/**
 * A full store, which drops something now and then. Only the models can be asked of it: they permit a miss everywhere.
 * @param sparesPinned whether it drops what is pinned last, so never; else calls of several steps may see records go
 * between two of them, and are then not of one instant
 */
export function evictingHarness(sparesPinned: boolean): AdapterHarness {
  return {
    name: 'evicts at random',
    expects: ['expiry', 'counters', 'scan'],
    async open() {
      const clock = new FakeClock();
      const { adapter, shelf } = referenceParts({ clock });
      let seed = 1;
      const evict = (): void => {
        // A linear congruence is random enough in its higher bits, and the same each time.
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
        const items = [...shelf.items].filter(([, { pinned }]) => !(sparesPinned && pinned === true));
        const keys = items.map(([key]) => key);
        const victim = keys[(seed >> 12) % (4 * Math.max(1, keys.length))];
        if (victim !== undefined) shelf.items.delete(victim);
      };
      const evicting: typeof adapter = {
        ...adapter,
        read: async (keys, call) => {
          evict();
          return await adapter.read(keys, call);
        },
        write: async (writes, call) => {
          const outcomes = await adapter.write(writes, call);
          evict();
          return outcomes;
        },
      };
      return { adapter: evicting, clock, evicts: true, [Symbol.asyncDispose]: () => adapter.close() };
    },
  };
}

function keyOf({ key }: { readonly key: string }): string {
  return key;
}

/** Does the items of a batch in another order, those of one key in theirs, and answers by position. */
async function lastKeyFirst<I, T>(
  items: readonly I[],
  key: (item: I) => string,
  run: (items: readonly I[]) => Promise<Outcome<T>[]>,
): Promise<Outcome<T>[]> {
  const order = items
    .map((_, i) => i)
    .sort((one, other) => compare(key(items[other] as I), key(items[one] as I)));
  const outcomes = await run(order.map((i) => items[i] as I));
  const answers: Outcome<T>[] = [];
  for (const [position, i] of order.entries()) answers[i] = outcomes[position] as Outcome<T>;
  return answers;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
