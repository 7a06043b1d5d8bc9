import { equal, match } from 'node:assert/strict';
import { memoryBus } from '@cache/core';
import type { CacheBench, TestCacheOptions } from '../../kit/cache-bench.ts';
import { turns } from '../../kit/check.ts';
import { localStore } from '../../kit/local-store.ts';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const MINUTE = 60_000;

/** What a cache says of itself. */
export const guarantees: readonly CacheRule[] = group('cache/guarantees', {
  says: [
    '`guarantees` follows from what the cache is made of: from its timeouts, its lease, its tier, its bus and what becomes of failures.',
    async (bench) => {
      const { settles, oneLoad, localStaleness, noStaleFill } = bench.cache({
        timeout: 250,
        lease: '3s',
      }).guarantees;
      equal(settles.boundMs, 250);
      equal(oneLoad.boundMs, bench.adapter.payload === 'reference' ? undefined : 3000);
      equal(localStaleness.holds, 'yes');
      equal(noStaleFill.holds, (bench.adapter.losses ?? []).length === 0 ? 'yes' : 'bounded');
      const queued = bench.cache({ onInvalidationFailure: 'queue', onReadFailure: 'throw' }).guarantees;
      match(queued.noStaleFill.says, /queued/);
      match(queued.failures.says, /reads reject.*queued/);
      const told = bench.cache({ local: localStore(), localTtl: '1h', bus: withChange() }).guarantees;
      equal(told.localStaleness.boundMs, withChange().silenceMs);
    },
  ],
  staleness: [
    'A copy serves what others have changed for as long as `guarantees` says, at most: without a bus, and with one that fell silent.',
    async (bench) => {
      const compositions: TestCacheOptions[] = [
        { local: localStore(), localTtl: MINUTE },
        { local: localStore(), localTtl: '1h', bus: withChange() },
      ];
      for (const options of compositions) {
        const cache = bench.cache(options);
        await turns();
        const { localStaleness } = cache.guarantees;
        const boundMs = localStaleness.boundMs ?? Number.NaN;
        await cache.set('k', 'old');
        equal(await cache.get('k'), 'old');
        await untold(bench).set('k', 'new');
        bench.clock.advance(boundMs - 20_000);
        equal(await cache.get('k'), 'old');
        bench.clock.advance(20_001);
        equal(await cache.get('k'), 'new');
      }
    },
  ],
});

/** A bus that is heard once, and then no more. */
function withChange() {
  const bus = memoryBus({ heartbeat: MINUTE, silence: 3 * MINUTE });
  return { ...bus, tells: 'with-change' as const };
}

/** Another process, whose changes nobody tells. */
function untold(bench: CacheBench) {
  return bench.cache({ adapter: withParts(bench.adapter, {}) });
}
