import { ok } from '@cache/core';
import { FakeClock } from '../fake-clock.ts';
import type { AdapterHarness } from '../harness.ts';
import { referenceAdapter } from '../reference/adapter.ts';

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
    name: 'seven buckets',
    expects: ['expiry', 'counters', 'scan'],
    async open() {
      const clock = new FakeClock();
      const adapter = { ...referenceAdapter({ clock }), buckets: 7 };
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
