import { setImmediate as turn } from 'node:timers/promises';
import { openProxy } from '@cache/conformance';
import {
  CacheError,
  createCache,
  type DataStore,
  type WriteBehindRepository,
  writeBehind,
} from '@cache/core';
import { memoryAdapter } from '@cache/memory';
import type { RedisAdapter } from '@cache/redis-shared';
import { type Server, startRedis } from '@cache/servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JournalDriver } from './behaviour.ts';
import { FencedRows, StoppedClock } from './frozen.ts';

const LEASE = '200ms';
const KEYS = 6;

/** What a fleet asked for, what was acknowledged, and what its source got: by key, numbers that rise. */
class Source implements DataStore<string, number> {
  readonly asked: Map<string, number> = new Map();
  readonly acknowledged: Map<string, number> = new Map();
  readonly applied: Map<string, number[]> = new Map();

  get(key: string): number | undefined {
    return this.applied.get(key)?.at(-1);
  }

  set(key: string, value: number): void {
    this.applied.set(key, [...(this.applied.get(key) ?? []), value]);
  }

  delete(): void {}

  /** Writes one value after the other to keys of its own until it is told to stop; what is refused stays so. */
  async writeOn({ repository, name }: Member, goesOn: () => boolean): Promise<void> {
    const writer = async (key: string): Promise<void> => {
      for (let value = 1; goesOn(); value += 1) {
        this.asked.set(key, value);
        const done = await repository.set(key, value).then(
          () => true,
          () => false,
        );
        if (done) this.acknowledged.set(key, value);
        // A call that is refused at once must not keep timers from running.
        await turn();
      }
    };
    await Promise.all(Array.from({ length: KEYS }, (_, i) => writer(`${name}${i}`)));
  }

  /** How far a member has come. */
  reached({ name }: Member): number {
    return this.acknowledged.get(`${name}0`) ?? 0;
  }

  /** Each key has the last value that was acknowledged or a later one that was asked for, and had them in order. */
  check(): void {
    expect(this.acknowledged.size).toBeGreaterThanOrEqual(KEYS);
    for (const [key, acknowledged] of this.acknowledged) {
      const applied = this.applied.get(key) ?? [];
      const last = applied.at(-1) ?? 0;
      expect(last, `${key}: acknowledged ${acknowledged}`).toBeGreaterThanOrEqual(acknowledged);
      expect(last, key).toBeLessThanOrEqual(this.asked.get(key) ?? 0);
      expect(applied, key).toEqual([...applied].sort((a, b) => a - b));
    }
  }
}

/** One journal in Redis of several processes. */
export function fleetBehaviour({ toServer }: JournalDriver): void {
  let server: Server;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());

  describe('one journal of a fleet', () => {
    test('when the one who drains is cut off, the next takes over after its lease: nothing acknowledged is lost', {
      timeout: 60_000,
    }, async () => {
      const proxy = await openProxy({ target: server, protocol: 'resp' });
      const source = new Source();
      const cutOff = member('cut', toServer(proxy.url('redis')), 'fleet', source);
      await cutOff.repository.set('cut0', 0);
      let goesOn = true;
      const writing = [source.writeOn(cutOff, () => goesOn)];
      await reaches(() => source.reached(cutOff) > 10);
      // Not before: on a busy machine they might be the first to drain, for ever.
      const others = ['one', 'two'].map((name) => member(name, toServer(server.url), 'fleet', source));
      writing.push(...others.map((each) => source.writeOn(each, () => goesOn)));
      await proxy.refuse({ cut: true });
      await reaches(() => others.some((other) => source.reached(other) > 10));
      goesOn = false;
      // It gives up what it waits for.
      await cutOff.adapter.close();
      await Promise.all(writing);
      await drained(others.map(({ repository }) => repository));
      source.check();
      await Promise.all([cutOff, ...others].map(({ close }) => close()));
      await proxy.close();
    });

    test('a source without places, frozen in a write and woken: the older value lands, as the repository says that it may', async () => {
      const store = new FencedRows();
      const plain: DataStore<string, number> = {
        get: (key) => store.get(key),
        delete: (key) => store.delete(key),
        set: (key, value) => store.set(key, value),
      };
      const clock = new StoppedClock();
      const first = member('first', toServer(server.url, clock), 'plain', plain);
      expect(first.repository.guarantees.order).toBe('in-turn');
      store.hold = true;
      await first.repository.set('a', 1);
      await store.held.promise;
      clock.stopped = true;
      store.hold = false;
      const second = member('second', toServer(server.url), 'plain', plain);
      await accepted(() => second.repository.set('a', 2));
      await second.repository.flush();
      expect(store.rows.get('a')).toBe(2);
      clock.wake();
      store.release();
      await store.late;
      expect(store.rows.get('a')).toBe(1);
      await second.close();
      await first.close();
    });
  });

  test('a server that is killed three times under writers, and comes back with its append-only file: nothing acknowledged is lost', {
    timeout: 60_000,
  }, async () => {
    // What was written to a file survives the process, fsync or not.
    const config = { appendonly: 'yes', appendfsync: 'everysec' };
    const mortal = await startRedis({ controllable: true, config });
    const source = new Source();
    const only = member('only', toServer(mortal.url), 'aof', source);
    let goesOn = true;
    const writing = source.writeOn(only, () => goesOn);
    for (let kill = 0; kill <= 3; kill += 1) {
      const before = source.reached(only);
      await reaches(() => source.reached(only) > before + 20);
      if (kill === 3) break;
      await mortal.kill();
      await mortal.restart();
    }
    goesOn = false;
    await writing;
    await drained([only.repository]);
    source.check();
    await only.close();
    await mortal.close();
  });
}

interface Member {
  readonly name: string;
  readonly adapter: RedisAdapter;
  readonly repository: WriteBehindRepository<string, number>;
  close(): Promise<void>;
}

/** A process of a fleet: a cache of its own, and a journal that is everybody's. */
function member(
  name: string,
  adapter: RedisAdapter,
  journal: string,
  store: DataStore<string, number>,
): Member {
  const repository = writeBehind({
    cache: createCache({ adapter: memoryAdapter() }),
    store,
    journal: adapter.journal.open(journal, { lease: LEASE }),
    batch: { interval: '5ms' },
    retry: { first: '10ms', most: '50ms' },
  });
  return {
    name,
    adapter,
    repository,
    async close() {
      // Whoever is cut off cannot say goodbye to the server.
      await repository.close({ timeout: '100ms' }).catch(() => undefined);
      await adapter.close();
    },
  };
}

async function accepted(write: () => Promise<void>): Promise<void> {
  for (;;) {
    const error = await write().catch((caught: unknown) => caught);
    if (error === undefined) return;
    if (!(error instanceof CacheError)) throw error;
    await turn();
  }
}

/** Whoever of them has the journal, or comes to have it, applies what is in it. */
async function drained(repositories: readonly WriteBehindRepository<string, number>[]): Promise<void> {
  for (;;) {
    const done = await Promise.any(repositories.map((one) => one.flush())).then(
      () => true,
      () => false,
    );
    if (done) return;
    await turn();
  }
}

async function reaches(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}
