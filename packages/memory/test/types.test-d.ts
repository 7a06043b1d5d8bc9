// Checked by the compiler alone (`pnpm check`): an expectation that fails is a type error.
import { createCache } from '@cache/core';
import { expectTypeOf } from 'vitest';
import { memoryAdapter } from '../src/index.ts';

const cache = createCache({ adapter: memoryAdapter() });
const users = cache.namespace('user');

expectTypeOf(cache.incrementFloat('n', 0.5)).resolves.toEqualTypeOf<number>();
expectTypeOf(cache.keys()).toEqualTypeOf<AsyncIterableIterator<string>>();
expectTypeOf(users.deleteByPattern('a*')).resolves.toEqualTypeOf<number>();

// There is no server, and no connection to one.
expectTypeOf(cache).not.toHaveProperty('serverStats');
expectTypeOf(users).not.toHaveProperty('serverStats');
// @ts-expect-error a connection is none of its events
cache.on('connection', () => {});
