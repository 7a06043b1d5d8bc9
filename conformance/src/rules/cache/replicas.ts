import { deepEqual, equal } from 'node:assert/strict';
import type { Failure } from '@cache/core';
import { LaggingReplica } from '../../faults/lagging-replica.ts';
import { localStore } from '../../kit/local-store.ts';
import { eachRead, READS, replicated } from '../../kit/replicated.ts';
import { around } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const MINUTE = 60_000;

/** Replicas that are behind, however far: what they say is returned, and nothing is decided by it. */
export const replicas: readonly CacheRule[] = group('cache/replicas', {
  hit: [
    'A hit at a replica is returned, however far behind it is, and costs one question, which the server is not asked.',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      await server.set('k', 'old');
      await replica.catchUp();
      await server.set('k', 'new');
      replica.askedServer = 0;
      for (const [method, value] of await eachRead(cache, 'loaded')) equal(value, 'old', method);
      equal(await cache.has('k'), true);
      equal(await cache.ttl('k'), 600_000);
      equal(replica.askedServer, 0);
      equal(replica.asked, READS + 2);
    },
  ],
  miss: [
    'What a replica does not have, or not as something fresh, is looked for at the server before it is a miss, and before a loader runs.',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      const finds = async (value: string): Promise<void> => {
        for (const [method, found] of await eachRead(cache, 'loaded')) equal(found, value, method);
        equal(await cache.has('k'), true);
        equal(typeof (await cache.ttl('k')), 'number');
      };
      await server.set('k', 'never seen', { ttl: MINUTE });
      await finds('never seen');
      await replica.catchUp();
      await bench.advance(MINUTE + 1);
      await server.set('k', 'after its end');
      await finds('after its end');
      await server.clear();
      await replica.catchUp();
      await server.set('k', 'after a clear');
      await finds('after a clear');
      await server.set('k', 'tagged', { tags: ['t'] });
      await server.deleteByTag('t');
      await replica.catchUp();
      await server.set('k', 'after its tag');
      await finds('after its tag');
      await server.delete('k');
      deepEqual(await cache.getMany(['k', 'other']), [undefined, undefined]);
    },
  ],
  'catches-up': [
    'What a replica returns follows what it has, tags and clears included, whatever was remembered of it.',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      await server.set('k', 'old', { tags: ['t'] });
      await replica.catchUp();
      deepEqual([await cache.get('k'), await cache.get('k')], ['old', 'old']);
      await server.deleteByTag('t');
      await replica.catchUp();
      equal(await cache.get('k'), undefined);
      await server.set('k', 'new', { tags: ['t'] });
      await replica.catchUp();
      equal(await cache.get('k'), 'new');
      await server.clear();
      await replica.catchUp();
      equal(await cache.get('k'), undefined);
    },
  ],
  local: [
    'A cache with a local tier asks no replica, so that it keeps no copy of what was invalidated before.',
    async (bench) => {
      const { server, replica } = replicated(bench);
      const cache = bench.cache({ adapter: replica.adapter, local: localStore(), localTtl: '1h' });
      await server.set('k', 'old');
      await replica.catchUp();
      await server.set('k', 'new');
      for (const [method, value] of await eachRead(cache, 'loaded')) equal(value, 'new', method);
      equal(await cache.has('k'), true);
      equal(replica.asked, 0);
      equal(cache.guarantees.replicaStaleness.holds, 'yes');
    },
  ],
  failure: [
    'What replicas fail at is asked of the server, and is not told; they are asked again later.',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      await server.set('k', 'old');
      await replica.catchUp();
      await server.set('k', 'new');
      replica.failure = OUT;
      for (let time = 0; time < 3; time += 1) {
        for (const [method, value] of await eachRead(cache, 'loaded')) equal(value, 'new', method);
      }
      equal(cache.stats().errors, 0);
      replica.failure = undefined;
      bench.clock.advance(MINUTE);
      equal(await cache.get('k'), 'old');
    },
  ],
  apart: [
    'Hits at replicas are returned while the server fails, and do not hide that it does.',
    async (bench) => {
      let isOut = false;
      const failing = around(bench.adapter, async (_name, items, go) => {
        return isOut ? items.map(() => ({ ok: false, error: OUT })) : await go();
      });
      const replica = new LaggingReplica(failing);
      const cache = bench.cache({ adapter: replica.adapter });
      await cache.set('k', 'v');
      await replica.catchUp();
      isOut = true;
      for (let time = 0; time < 8; time += 1) {
        equal(await cache.get('k'), 'v');
        equal(await cache.get('absent'), undefined);
      }
      equal(cache.stats().errors, 8);
      replica.askedServer = 0;
      equal(await cache.get('absent'), undefined);
      equal(replica.askedServer, 0, 'the server is not left alone');
      equal(await cache.get('k'), 'v');
    },
  ],
  guarantees: [
    '`guarantees` says that what replicas return may be out of date, where there are any.',
    async (bench) => {
      const { cache, server } = replicated(bench);
      equal(server.guarantees.replicaStaleness.holds, 'yes');
      const { holds, boundMs } = cache.guarantees.replicaStaleness;
      deepEqual([holds, boundMs], ['no', undefined]);
      deepEqual(cache.guarantees.noStaleFill, server.guarantees.noStaleFill);
    },
  ],
});

const OUT: Failure = {
  code: 'UNAVAILABLE',
  message: 'it does not answer',
  retryable: true,
  outcome: 'not-applied',
};
