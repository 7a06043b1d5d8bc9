import { deepEqual, equal } from 'node:assert/strict';
import { type CacheBench, rejection, type TestCache } from '../../kit/cache-bench.ts';
import { around } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const DOWN = { code: 'UNAVAILABLE', message: 'down', retryable: true, outcome: 'not-applied' } as const;
const SECOND = 1000;

/** Leaving a server alone that does not answer. */
export const breaker: readonly CacheRule[] = group('cache/breaker', {
  opens: [
    'After five failures one after the other, reads fail at once without asking the server, but for one attempt a second; the first success ends that. Loads go on.',
    async (bench) => {
      const { cache, server } = troubled(bench);
      await cache.set('k', 1);
      server.down = true;
      for (let i = 0; i < 4; i += 1) equal(await cache.get('k'), undefined);
      server.down = false;
      equal(await cache.get('k'), 1, 'four failures are not five');
      server.down = true;
      for (let i = 0; i < 5; i += 1) equal(await cache.get('k'), undefined);
      server.reads = 0;
      server.down = false;
      for (let i = 0; i < 5; i += 1) equal(await cache.get('k'), undefined);
      equal((await cache.lookup('k')).state, 'unavailable');
      equal(await cache.getOrSet('k', () => 'loaded'), 'loaded');
      // Of one key: another one may be another node's.
      deepEqual(await cache.getMany(['k', 'k']), [undefined, undefined]);
      equal(server.reads, 0, 'the server was asked');
      server.down = true;
      bench.clock.advance(SECOND + 10);
      await Promise.all(Array.from({ length: 10 }, () => cache.get('k')));
      equal(server.reads, 1, 'more than one attempt');
      bench.clock.advance(SECOND - 20);
      server.down = false;
      equal(await cache.get('k'), undefined);
      bench.clock.advance(30);
      equal(await cache.get('k'), 1);
      equal(await cache.get('k'), 1);
    },
  ],
  'writes-tried': [
    'Writes and invalidations are tried whatever became of reads.',
    async (bench) => {
      const { cache, server } = troubled(bench);
      await cache.set('k', 1, { tags: ['t'] });
      server.down = true;
      for (let i = 0; i < 6; i += 1) equal(await cache.get('k'), undefined);
      await rejection('UNAVAILABLE', 'delete', () => cache.delete('k'));
      server.down = false;
      await cache.set('k', 2, { tags: ['t'] });
      equal(await bench.cache().get('k'), 2);
      await cache.deleteByTag('t');
      equal(await bench.cache().get('k'), undefined);
      await cache.set('k', 3);
      equal(await cache.delete('k'), true);
      await cache.clear();
    },
  ],
  apart: [
    'Failures of one namespace do not keep another one from being read, and what a read answers with an open breaker rejects where reads are to throw.',
    async (bench) => {
      const { cache, server } = troubled(bench);
      const [one, two] = [cache.namespace('one', { onReadFailure: 'throw' }), cache.namespace('two')];
      await one.set('k', 1);
      await two.set('k', 2);
      server.down = true;
      for (let i = 0; i < 5; i += 1) await rejection('UNAVAILABLE', 'get', () => one.get('k'));
      server.down = false;
      await rejection('UNAVAILABLE', 'get', () => one.get('k'));
      equal(await two.get('k'), 2);
    },
  ],
});

interface Server {
  down: boolean;
  reads: number;
}

/** A cache whose server can be down. */
function troubled(bench: CacheBench): { readonly cache: TestCache; readonly server: Server } {
  const server: Server = { down: false, reads: 0 };
  const adapter = around(bench.adapter, async (name, items, go) => {
    if (name === 'read') server.reads += 1;
    return server.down ? items.map(() => ({ ok: false, error: DOWN })) : await go();
  });
  return { cache: bench.cache({ adapter }), server };
}
