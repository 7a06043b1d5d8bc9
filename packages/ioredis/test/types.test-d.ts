// Checked by the compiler alone (`pnpm check`): an expectation that fails is a type error.
import {
  type Bus,
  type ConnectionEvent,
  createCache,
  pubsubBus,
  type ServerStats,
  trackingBus,
} from '@cache/core';
import { expectTypeOf } from 'vitest';
import { ioredisAdapter } from '../src/index.ts';

const cache = createCache({ adapter: ioredisAdapter({ url: 'redis://localhost' }) });
const users = cache.namespace<{ readonly name: string }>('user');

// A server of keys, counters and fractions: every facet but a store in this process.
expectTypeOf(cache.increment('n')).resolves.toEqualTypeOf<number>();
expectTypeOf(cache.incrementFloat('n', 0.5)).resolves.toEqualTypeOf<number>();
expectTypeOf(cache.keys({ prefix: 'a', pattern: '*', pageSize: 10 })).toEqualTypeOf<
  AsyncIterableIterator<string>
>();
expectTypeOf(users.deleteByPattern('a*')).resolves.toEqualTypeOf<number>();
expectTypeOf(users.deleteByPrefix('a')).resolves.toEqualTypeOf<number>();
expectTypeOf(cache.serverStats()).resolves.toEqualTypeOf<ServerStats>();
cache.on('connection', (event) => expectTypeOf(event).toEqualTypeOf<ConnectionEvent>());
users.on('hit', (event) => expectTypeOf(event.key).toEqualTypeOf<string>());
// @ts-expect-error there is no such event
cache.on('connections', () => {});

// It serves both kinds of bus.
expectTypeOf(trackingBus(ioredisAdapter({ url: 'redis://localhost' }))).toEqualTypeOf<Bus>();
expectTypeOf(pubsubBus(ioredisAdapter({ url: 'redis://localhost' }))).toEqualTypeOf<Bus>();

expectTypeOf(users).not.toHaveProperty('close');
expectTypeOf(cache).toHaveProperty('ready');

// A connection is the caller's or ours.
ioredisAdapter({
  url: 'rediss://localhost',
  tls: { ca: '' },
  keepAliveMs: 0,
  reconnectMinMs: 10,
  connectTimeoutMs: 100,
});
// @ts-expect-error there is no timeout of a command: calls have their own
ioredisAdapter({ url: 'redis://localhost', commandTimeout: 100 });
// @ts-expect-error there must be a server or a client
ioredisAdapter({});
