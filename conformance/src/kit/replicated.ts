import { ok } from 'node:assert/strict';
import { LaggingReplica } from '../faults/lagging-replica.ts';
import type { CacheBench, TestCache } from './cache-bench.ts';
import { withParts } from './wrap.ts';

/** Two processes over one server with a replica. */
export interface Replicated {
  readonly replica: LaggingReplica;
  /** Reads replicas. */
  readonly cache: TestCache;
  /** Another process, which does not. */
  readonly server: TestCache;
}

export function replicated(bench: CacheBench): Replicated {
  const replica = new LaggingReplica(bench.adapter);
  const plain = withParts(replica.adapter, { hasReplicas: false });
  return {
    replica,
    cache: bench.cache({ adapter: replica.adapter }),
    server: bench.cache({ adapter: plain }),
  };
}

/** Ways to read a value. */
export const READS = 6;

/** The value of `k`, by each way to read it; fails where a loader runs. */
export async function eachRead(
  cache: TestCache,
  loaded: string,
): Promise<[method: string, value: unknown][]> {
  const loadMany = (): Map<string, string> => new Map([['k', loaded]]);
  const found = await cache.lookup('k');
  ok(found.state !== 'unavailable', 'lookup');
  return [
    ['get', await cache.get('k')],
    ['getMany', (await cache.getMany(['k']))[0]],
    ['getMany, twice', (await cache.getMany(['k', 'k']))[1]],
    ['lookup', found.state === 'hit' ? found.value : undefined],
    ['getOrSet', await cache.getOrSet('k', () => loaded)],
    ['getOrSetMany', (await cache.getOrSetMany(['k'], loadMany))[0]],
  ];
}
