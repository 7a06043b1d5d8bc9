import type { SyncStore } from '@cache/core';

/** A store for a local tier: a Map. */
export function localStore(): {
  readonly name: string;
  readonly sync: SyncStore<unknown>;
  readonly size: number;
} {
  const held = new Map<string, unknown>();
  return {
    name: 'local',
    get size() {
      return held.size;
    },
    sync: {
      get: (key) => held.get(key),
      set: (key, payload) => {
        held.set(key, payload);
      },
      delete: (key) => held.delete(key),
      clear: () => held.clear(),
    },
  };
}
