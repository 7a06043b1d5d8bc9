import type { SyncStore } from '@cache/core';
import { withParts } from '../kit/wrap.ts';
import type { Mutant, Sound } from './mutant.ts';

/** Defects of the facet sync. */
export const syncing: readonly Mutant[] = [
  synced('sync-nothing', '`sync.get` finds nothing.', ['sync/get-set', 'sync/one'], () => ({
    get: () => undefined,
  })),
  synced('sync-apart', '`sync` has a store of its own.', ['sync/one'], () => {
    const own = new Map<string, unknown>();
    return {
      get: (key) => own.get(key),
      set: (key, payload) => {
        own.set(key, payload);
      },
      delete: (key) => own.delete(key),
    };
  }),
  synced(
    'sync-delete-true',
    '`sync.delete` always answers true.',
    ['sync/delete', 'sync/expired'],
    ({ sync }) => ({
      delete: (key) => {
        sync.delete(key);
        return true;
      },
    }),
  ),
  synced('sync-ttl', '`sync.set` ignores its ttl.', ['sync/ttl'], ({ sync }) => ({
    set: (key, payload) => sync.set(key, payload, null),
  })),
  synced('sync-reads-the-dead', '`sync.get` finds what has ended.', ['sync/expired'], ({ shelf }) => ({
    get: (key) => shelf.items.get(key)?.held,
  })),
  synced('sync-version', '`sync.set` keeps the version.', ['sync/version'], ({ shelf, sync }) => ({
    set: (key, payload, ttlMs) => {
      const version = shelf.get(key)?.version;
      sync.set(key, payload, ttlMs);
      const item = shelf.get(key);
      if (item !== undefined && version !== undefined) shelf.items.set(key, { ...item, version });
    },
  })),
  synced('sync-clear-one', '`sync.clear` forgets the first entry alone.', ['sync/clear'], ({ shelf }) => ({
    clear: () => {
      for (const key of [...shelf.items.keys()].slice(0, 1)) shelf.items.delete(key);
    },
  })),
];

function synced(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (sound: Sound & { readonly sync: SyncStore<unknown> }) => Partial<SyncStore<unknown>>,
): Mutant {
  const breakAdapter: Mutant['breakAdapter'] = (sound) => {
    const sync = sound.adapter.sync as SyncStore<unknown>;
    return withParts(sound.adapter, { sync: { ...sync, ...change({ ...sound, sync }) } });
  };
  return { name, does, caughtBy, sync: true, breakAdapter };
}
