import { deepEqual, equal, ok } from 'node:assert/strict';
import { type CacheBench, rejection, type TestCache, type TestCacheOptions } from '../../kit/cache-bench.ts';
import { DrivenClock } from '../../kit/driven-clock.ts';
import { around } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const DOWN = { code: 'UNAVAILABLE', message: 'down', retryable: true, outcome: 'not-applied' } as const;
const HOUR = 3_600_000;
/** As long as the first pause of what is queued. However often, it is not the life of an entry or a call's timeout. */
const STEP_MS = 100;
/** So many are remembered. */
const MOST = 10_000;

/** Invalidations that are queued when the server does not take them. */
export const queue: readonly CacheRule[] = group('cache/queue', {
  replayed: [
    'With onInvalidationFailure "queue", an invalidation that the server does not take resolves as "queued"; until it is carried out the old value may be returned, and as soon as the server takes it no more, in any cache. Each is told by the event recover.',
    async (bench) => {
      const invalidations: [string, (queued: TestCache) => Promise<unknown>, unknown][] = [
        ['delete', (queued) => queued.delete('k'), 'queued'],
        ['deleteMany', (queued) => queued.deleteMany(['k', 'other']), ['queued', 'queued']],
        ['expire', (queued) => queued.expire('k'), 'queued'],
        ['expireMany', (queued) => queued.expireMany(['k']), ['queued']],
        ['deleteByTag', (queued) => queued.deleteByTag('t'), 'queued'],
        ['expireByTag', (queued) => queued.expireByTag(['t', 'u']), 'queued'],
        ['clear', (queued) => queued.clear(), 'queued'],
      ];
      const clock = new DrivenClock(bench);
      const queued = invalidations.map(async ([name, invalidate, answer]) => {
        const namespace = `${bench.prefix}${name}`;
        const { cache, server, recovered } = queueing(bench, { namespace, clock });
        await cache.set('k', 'old', { tags: ['t'], grace: HOUR });
        server.down = true;
        deepEqual(await invalidate(cache), answer, name);
        server.down = false;
        equal(await bench.cache({ namespace }).get('k'), 'old', `${name}: it was carried out after all`);
        return { name, namespace, cache, recovered };
      });
      for (const { name, namespace, cache, recovered } of await Promise.all(queued)) {
        const count = name === 'deleteMany' ? 2 : 1;
        await clock.until(`${name}: it was carried out`, STEP_MS, () => recovered.length === count);
        for (const other of [cache, bench.cache({ namespace })]) equal(await other.get('k'), undefined, name);
        const operation = name.replace('Many', '');
        ok(
          recovered.every((told) => told.startsWith(operation)),
          `${name} was told as ${recovered}`,
        );
      }
    },
  ],
  order: [
    'Queued invalidations are carried out in the order in which they failed, equal ones once, and what fails again stays queued.',
    async (bench) => {
      const { cache, clock, server, recovered } = queueing(bench);
      await cache.setMany(['one', 'two', 'three'].map((key) => [key, key]));
      server.down = true;
      for (const key of ['one', 'two', 'one', 'three', 'two']) equal(await cache.delete(key), 'queued');
      const tries = server.refused;
      await clock.until('it was tried again', STEP_MS, () => server.refused > tries + 1);
      deepEqual(recovered, []);
      server.down = false;
      await clock.until('they were carried out', STEP_MS, () => recovered.length >= 3);
      deepEqual(recovered, ['delete one', 'delete two', 'delete three']);
      deepEqual(await cache.getMany(['one', 'two', 'three']), [undefined, undefined, undefined]);
    },
  ],
  apart: [
    'What the server of one key goes on refusing keeps none of another key from being carried out, however many there are.',
    async (bench) => {
      const { cache, clock, server, recovered } = queueing(bench);
      server.down = true;
      const dead = Array.from({ length: 101 }, (_, i) => `dead${i}`);
      await cache.deleteMany(dead);
      equal(await cache.delete('alive'), 'queued');
      server.up = 'alive';
      await clock.until('the other one was carried out', STEP_MS, () => recovered.length > 0);
      deepEqual(recovered, ['delete alive']);
    },
  ],
  rejects: [
    'Invalidations that fail for another reason reject nevertheless; without that option all that fail do.',
    async (bench) => {
      const { cache, server } = queueing(bench);
      await rejection('INVALID_KEY', 'delete', () => cache.delete(''));
      await rejection('INVALID_OPTION', 'expire', () => cache.expire('k', { ttl: 1 } as object));
      const rejecting = queueing(bench, { onInvalidationFailure: 'reject' });
      for (const each of [server, rejecting.server]) each.down = true;
      await rejection('UNAVAILABLE', 'delete', () => rejecting.cache.delete('k'));
      equal(await cache.delete('k'), 'queued');
      await cache.close();
      await rejection('CLOSED', 'delete', () => cache.delete('k'));
    },
  ],
  bounded: [
    'More than 10,000 are not queued: the next one rejects. How many are left when the cache is closed is told to the logger.',
    async (bench) => {
      const told: string[] = [];
      const logger = { warn: (message: string) => told.push(message), error: () => undefined };
      const { cache, server } = queueing(bench, { logger, audited: false });
      server.down = true;
      const keys = Array.from({ length: MOST }, (_, i) => `k${i}`);
      deepEqual(new Set(await cache.deleteMany(keys)), new Set(['queued']));
      await rejection('UNAVAILABLE', 'delete', () => cache.delete('one more'));
      equal(await cache.delete('k0'), 'queued', 'one that is queued already is no other');
      await cache.close();
      ok(
        told.some((message) => message.includes(`${MOST} queued`)),
        `the logger was told ${JSON.stringify(told)}`,
      );
    },
  ],
});

interface Queueing {
  readonly cache: TestCache;
  /** By which it tries again. */
  readonly clock: DrivenClock;
  /** `up`: the end of the keys that it takes though it is down. */
  readonly server: { down: boolean; refused: number; up?: string };
  /** What was told to be carried out. */
  readonly recovered: string[];
}

function queueing(
  bench: CacheBench,
  { clock = new DrivenClock(bench), ...options }: TestCacheOptions & { readonly clock?: DrivenClock } = {},
): Queueing {
  const server: Queueing['server'] = { down: false, refused: 0 };
  const adapter = around(bench.adapter, async (_name, items, go) => {
    const isTaken = (item: unknown): boolean => {
      const key = typeof item === 'string' ? item : (item as { readonly key: string }).key;
      return !server.down || (server.up !== undefined && key.endsWith(server.up));
    };
    const taken = items.filter(isTaken);
    const answers = taken.length === 0 ? [] : await go(taken);
    return items.map((item) => {
      const answer = answers[taken.indexOf(item)];
      if (answer !== undefined) return answer;
      server.refused += 1;
      return { ok: false, error: DOWN };
    });
  });
  const cache = bench.cache({ adapter, clock, timeout: HOUR, onInvalidationFailure: 'queue', ...options });
  const recovered: string[] = [];
  cache.on('recover', ({ operation, key }) =>
    recovered.push(key === undefined ? operation : `${operation} ${key}`),
  );
  return { cache, clock, server, recovered };
}
