import { type AnyAdapter, createCache } from '@cache/core';
import { type Contestant, TTL_MS } from './contestant.ts';

/** Our cache over an adapter, as anybody would make it. */
export async function ours(adapter: AnyAdapter): Promise<Contestant> {
  // A machine that is busy with this must not turn a slow answer into a miss.
  const cache = createCache({ adapter, ttl: TTL_MS, timeout: '10s' });
  await cache.ready();
  return {
    name: adapter.name,
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    close: () => cache.close(),
  };
}
