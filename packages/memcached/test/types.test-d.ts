// Checked by the compiler alone (`pnpm check`): an expectation that fails is a type error.
import { type ConnectionEvent, createCache, type ServerStats } from '@cache/core';
import { expectTypeOf } from 'vitest';
import { memcachedAdapter } from '../src/index.ts';

const cache = createCache({ adapter: memcachedAdapter({ url: 'memcached://localhost' }) });
const users = cache.namespace('user');

expectTypeOf(cache.increment('n', 1n)).resolves.toEqualTypeOf<bigint>();
expectTypeOf(users.serverStats()).resolves.toEqualTypeOf<ServerStats>();
cache.on('connection', (event) => expectTypeOf(event).toEqualTypeOf<ConnectionEvent>());

// It adds no fractions and cannot list its keys.
for (const space of [cache, users]) {
  expectTypeOf(space).not.toHaveProperty('incrementFloat');
  expectTypeOf(space).not.toHaveProperty('keys');
  expectTypeOf(space).not.toHaveProperty('deleteByPattern');
  expectTypeOf(space).not.toHaveProperty('deleteByPrefix');
}

// @ts-expect-error memjs has no TLS
memcachedAdapter({ url: 'memcached://localhost', tls: {} });
