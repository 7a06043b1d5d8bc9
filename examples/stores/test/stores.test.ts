import { dataStoreConformance } from '@cache/conformance';
import { createCache, type DataStore, memoryJournal, writeBehind } from '@cache/core';
import { memoryAdapter } from '@cache/memory';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, describe, expect, test } from 'vitest';
import { postgresStore, restStore } from '../src/index.ts';
import { RestService } from './rest-service.ts';
import { makeTable, refused } from './table.ts';

let engine: Promise<PGlite> | undefined;
/** PostgreSQL in this process. It takes a second to start, so it is one for all. */
function embedded(): Promise<PGlite> {
  engine ??= PGlite.create();
  return engine;
}
afterAll(async () => (await engine)?.close());

dataStoreConformance(
  { describe, test },
  {
    name: 'PostgreSQL, embedded',
    async open() {
      const sql = await embedded();
      const name = await makeTable(sql);
      return {
        store: postgresStore({ sql, table: name }),
        other: postgresStore({ sql, table: name }),
        [Symbol.asyncDispose]: async () => void (await sql.query(`DROP TABLE ${name}`)),
      };
    },
    refused,
  },
);

dataStoreConformance(
  { describe, test },
  {
    name: 'a REST service',
    async open() {
      const service = await RestService.start();
      const { url } = service;
      return {
        store: restStore({ url }),
        other: restStore({ url }),
        [Symbol.asyncDispose]: () => service.close(),
      };
    },
    refused,
  },
);

describe('of two who drain one journal, the first frozen in a write and woken after the second has written', () => {
  const stores: Record<string, () => Promise<{ store: DataStore<string, number>; close(): Promise<void> }>> =
    {
      async postgres() {
        const sql = await embedded();
        return { store: postgresStore({ sql, table: await makeTable(sql) }), close: async () => undefined };
      },
      async rest() {
        const service = await RestService.start();
        return { store: restStore({ url: service.url }), close: () => service.close() };
      },
    };

  for (const [name, open] of Object.entries(stores)) {
    test(`${name}: the late write is ignored`, async () => {
      const { store, close } = await open();
      expect(await frozenAndWoken(store, store)).toEqual({ order: 'fenced', value: 2 });
      await close();
    });

    test(`${name}, without its pair: the late write lands, as the repository says that it may`, async () => {
      const { store, close } = await open();
      const plain: DataStore<string, number> = {
        get: (key) => store.get(key),
        set: (key, value) => store.set(key, value),
        delete: (key) => store.delete(key),
      };
      expect(await frozenAndWoken(plain, store)).toEqual({ order: 'in-turn', value: 1 });
      await close();
    });
  }
});

/** What the source has in the end, and what was promised. */
async function frozenAndWoken(store: DataStore<string, number>, source: DataStore<string, number>) {
  let hold = true;
  let reached = (): void => undefined;
  let wake = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let late: Promise<void> | undefined;
  const write = async (go: () => unknown): Promise<void> => {
    if (hold) {
      hold = false;
      reached();
      await woken;
    }
    await go();
  };
  const frozen: DataStore<string, number> = {
    ...(store.fenced !== undefined && { fenced: store.fenced }),
    get: (key) => store.get(key),
    delete: (key) => store.delete(key),
    set: (key, value, call) => {
      // Whoever is frozen does not hear that it is aborted.
      const { signal: _signal, ...rest } = call ?? {};
      late = write(() => store.set(key, value, rest));
      return late;
    },
  };
  const journal = memoryJournal();
  const drainer = (own: DataStore<string, number>) =>
    writeBehind({
      cache: createCache({ adapter: memoryAdapter() }),
      store: own,
      journal,
      batch: { interval: 1 },
    });
  const first = drainer(frozen);
  await first.set('a', 1);
  await held;
  const second = drainer(store);
  await second.set('a', 2);
  await second.flush();
  expect(await source.get('a')).toBe(2);
  wake();
  await late;
  const { order } = first.guarantees;
  await second.close();
  await first.close().catch(() => undefined);
  return { order, value: await source.get('a') };
}
