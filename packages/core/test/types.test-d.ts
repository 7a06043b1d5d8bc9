// Checked by the compiler alone (`pnpm check`): an expectation that fails is a type error.
import { expectTypeOf } from 'vitest';
import {
  type Adapter,
  type Cache,
  type ConnectionEvents,
  type Counters,
  createCache,
  defineAdapter,
  type FloatCounters,
  failover,
  type Lookup,
  type PubSub,
  partition,
  prefix,
  type Scan,
  type ServerInfo,
  type ServerStats,
} from '../src/index.ts';

declare const plain: Adapter;
declare const counters: Counters;
declare const floats: FloatCounters;

const minimal = createCache({ adapter: defineAdapter({ ...plain, name: 'minimal' }) });
const counting = createCache({ adapter: defineAdapter({ ...plain, name: 'counting', counters }) });
const full = createCache({ adapter: defineAdapter({ ...plain, name: 'full', counters: floats }) });

// A facet that the adapter lacks does not exist on its cache, nor on its namespaces.
expectTypeOf(minimal).not.toHaveProperty('increment');
expectTypeOf(minimal).not.toHaveProperty('incrementFloat');
expectTypeOf(minimal.namespace('a')).not.toHaveProperty('increment');
expectTypeOf(counting).toHaveProperty('increment');
expectTypeOf(counting).not.toHaveProperty('incrementFloat');
expectTypeOf(counting.namespace('a')).toHaveProperty('decrement');
expectTypeOf(full).toHaveProperty('incrementFloat');

// So it is with every facet.
declare const scan: Scan;
declare const server: ServerInfo;
declare const connection: ConnectionEvents;
const seeing = createCache({
  adapter: defineAdapter({ ...plain, name: 'seeing', scan, server, connection }),
});
expectTypeOf(minimal).not.toHaveProperty('keys');
expectTypeOf(minimal).not.toHaveProperty('deleteByPattern');
expectTypeOf(minimal).not.toHaveProperty('deleteByPrefix');
expectTypeOf(minimal).not.toHaveProperty('serverStats');
expectTypeOf(seeing.keys()).toEqualTypeOf<AsyncIterableIterator<string>>();
expectTypeOf(seeing.namespace('a').deleteByPattern('*')).resolves.toEqualTypeOf<number>();
expectTypeOf(seeing.serverStats()).resolves.toEqualTypeOf<ServerStats>();
seeing.on('connection', ({ kind }) =>
  expectTypeOf(kind).toEqualTypeOf<'ready' | 'lost' | 'error' | 'reconfigured'>(),
);
seeing.on('hit', ({ key }) => expectTypeOf(key).toEqualTypeOf<string>());
// @ts-expect-error an adapter without a connection tells nothing of one
minimal.on('connection', () => {});

// The literal type survives, for what reads it.
expectTypeOf(defineAdapter({ ...plain, name: 'minimal' }).name).toEqualTypeOf<'minimal'>();

// A namespace does not end the cache.
expectTypeOf(minimal).toHaveProperty('close');
expectTypeOf(minimal.namespace('a')).not.toHaveProperty('close');

// Values are typed by namespace or by call.
interface User {
  readonly name: string;
}
const users = full.namespace<User>('user');
expectTypeOf(users.get('1')).resolves.toEqualTypeOf<User | undefined>();
expectTypeOf(users.getMany(['1'])).resolves.toEqualTypeOf<(User | undefined)[]>();
expectTypeOf(users.lookup('1')).resolves.toEqualTypeOf<Lookup<User>>();
expectTypeOf(minimal.get('1')).resolves.toEqualTypeOf<unknown>();
expectTypeOf(minimal.get<number>('1')).resolves.toEqualTypeOf<number | undefined>();
expectTypeOf(users.getOrSet('1', async () => ({ name: 'Ada' }))).resolves.toEqualTypeOf<{ name: string }>();
// @ts-expect-error a user has a name
users.set('1', { nome: 'Ada' });
// @ts-expect-error minutes are written 'm'
users.set('1', { name: 'Ada' }, { ttl: '5min' });
// @ts-expect-error expire takes no life; that is touch
users.expire('1', { ttl: '5m' });

// Lookup is told apart by its state.
declare const found: Lookup<User>;
if (found.state === 'hit') expectTypeOf(found.value).toEqualTypeOf<User>();
if (found.state === 'miss') expectTypeOf(found).not.toHaveProperty('value');

// A counter answers in the type of its amount.
expectTypeOf(full.increment('n')).resolves.toEqualTypeOf<number>();
expectTypeOf(full.increment('n', 1n)).resolves.toEqualTypeOf<bigint>();

expectTypeOf(minimal).toExtend<Cache<Adapter>>();

// A partition has what all of its adapters have, and what goes through one of them alone it has not.
declare const pubsub: PubSub;
const counts = defineAdapter({ ...plain, name: 'counts', counters, pubsub });
const scans = defineAdapter({ ...plain, name: 'scans', counters: floats, scan });
const mixed = partition([
  { name: 'a', adapter: counts },
  { name: 'b', adapter: scans },
]);
expectTypeOf(mixed).toHaveProperty('counters');
expectTypeOf(mixed).not.toHaveProperty('scan');
expectTypeOf(mixed).not.toHaveProperty('pubsub');
expectTypeOf(createCache({ adapter: mixed })).toHaveProperty('increment');
expectTypeOf(createCache({ adapter: mixed })).not.toHaveProperty('incrementFloat');
expectTypeOf(createCache({ adapter: mixed })).not.toHaveProperty('keys');
const standing = failover(counts, scans);
expectTypeOf(standing).toHaveProperty('counters');
expectTypeOf(standing).not.toHaveProperty('scan');
expectTypeOf(createCache({ adapter: standing })).not.toHaveProperty('incrementFloat');

// Other layers keep everything.
expectTypeOf(prefix(counts, 'app:')).toEqualTypeOf<typeof counts>();
