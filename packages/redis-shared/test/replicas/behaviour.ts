import { type AdapterHarness, conformance } from '@cache/conformance';
import { type CacheError, type ConnectionEvent, createCache } from '@cache/core';
import type { RedisAdapter } from '@cache/redis-shared';
import { type RedisReplication, type Server, startRedisReplication } from '@cache/servers';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { busy, more } from '../cluster/driver.ts';
import { count, counts, type ReplicasDriver } from './driver.ts';

/** Far more than a read takes, far less than a test may. */
const TIMEOUT_MS = 4000;
const NAMES = Array.from({ length: 30 }, (_, index) => `k${index}`);

/** What an adapter does with the replicas of one server. */
export function replicasBehaviour(driver: ReplicasDriver): void {
  let servers: RedisReplication;
  let [one, two]: readonly Server[] = [];
  const ends: (() => Promise<unknown>)[] = [];

  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  beforeAll(async () => {
    servers = await startRedisReplication({ replicas: 2 });
    [one, two] = servers.replicas;
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => servers.close());

  const replicaUrls = (): { url: string }[] => servers.replicas.map(({ url }) => ({ url }));
  const call = (ms = TIMEOUT_MS) => ({ deadline: performance.now() + ms });

  /** A cache of one namespace, once its server and so many of its replicas take calls. */
  async function open(
    namespace: string,
    replicas = replicaUrls(),
    make = () => driver.own({ url: servers.primary.url, replicas, stallTimeoutMs: 1000 }),
  ) {
    const adapter = make();
    const events: ConnectionEvent[] = [];
    adapter.connection.on((event) => events.push(event));
    const cache = createCache({ adapter, namespace, timeout: TIMEOUT_MS, onReadFailure: 'throw' });
    ends.push(() => cache.close());
    await cache.ready();
    await isUp(events, replicas);
    return { adapter, cache, events };
  }

  const isUp = (events: readonly ConnectionEvent[], replicas: readonly { url: string }[]) =>
    expect
      .poll(() => replicas.every(({ url }) => lastOf(events, new URL(url).host)?.kind === 'ready'))
      .toBe(true);

  const plain = (namespace: string) => {
    const cache = createCache({
      adapter: driver.own({ url: servers.primary.url, replicas: undefined }),
      namespace,
      timeout: TIMEOUT_MS,
    });
    ends.push(() => cache.close());
    return cache;
  };

  test('hits come from each of the replicas, and the primary is not asked', async () => {
    const { cache } = await open('hits');
    await cache.setMany(NAMES.map((name) => [name, name]));
    await servers.caughtUp();
    const before = await Promise.all(
      [servers.primary, ...servers.replicas].map((node) => count(node, 'mget')),
    );
    for (const name of NAMES) expect(await cache.get(name)).toBe(name);
    expect(await cache.getMany(NAMES)).toEqual(NAMES);
    expect(await cache.getOrSet('k1', () => 'loaded')).toBe('k1');
    const after = await Promise.all(
      [servers.primary, ...servers.replicas].map((node) => count(node, 'mget')),
    );
    const [primary, first, second] = after.map((calls, index) => calls - (before[index] as number));
    expect(primary).toBe(0);
    expect((first as number) + (second as number)).toBe(NAMES.length + 2);
    expect(Math.min(first as number, second as number)).toBeGreaterThan(NAMES.length / 3);
  });

  test('a replica that is detached returns what was, and decides nothing', async () => {
    const { cache } = await open('lag', replicaUrls().slice(0, 1));
    const { replicaStaleness, noStaleFill } = cache.guarantees;
    const server = plain('lag');
    expect(replicaStaleness.holds).toBe('no');
    expect(noStaleFill).toEqual(server.guarantees.noStaleFill);
    await cache.set('k', 'old', { tags: ['t'] });
    await cache.set('gone', 'old');
    await servers.caughtUp();
    await servers.detach(one as Server);
    ends.push(() => servers.attach(one as Server));
    await cache.set('k', 'new', { tags: ['t'] });
    await cache.delete('gone');
    expect(await cache.getMany(['k', 'gone'])).toEqual(['old', 'old']);
    expect(await cache.getAndSet('k', 'newer', { tags: ['t'] })).toBe('new');
    expect(await cache.add('gone', 'again')).toBe(true);
    expect(await cache.add('gone', 'and again')).toBe(false);
    // A miss at the replica is none.
    await server.set('late', 1);
    expect(await cache.getOrSet('late', () => 2)).toBe(1);
    let loads = 0;
    const load = (): number => {
      loads += 1;
      return loads;
    };
    const loaded = await Promise.all([cache.getOrSet('loaded', load), server.getOrSet('loaded', load)]);
    expect([loads, ...loaded]).toEqual([1, 1, 1]);
    expect(await server.get('loaded')).toBe(1);
    await cache.deleteByTag('t');
    expect(await server.getMany(['k', 'gone', 'late'])).toEqual([undefined, 'again', 1]);
    await servers.attach(one as Server);
    expect(await cache.getMany(['k', 'gone', 'late'])).toEqual([undefined, 'again', 1]);
  });

  test('reads go on while a replica is frozen, and it is asked again when it wakes', async () => {
    const replicas = replicaUrls().slice(0, 1);
    // Far more than a call has: the share of the time is what ends its wait.
    const patient = { url: servers.primary.url, replicas, stallTimeoutMs: 10 * TIMEOUT_MS };
    const { cache } = await open('frozen', replicas, () => driver.own(patient));
    await cache.setMany(NAMES.map((name) => [name, name]));
    await servers.caughtUp();
    expect(await cache.get('k0')).toBe('k0');
    await one?.freeze();
    ends.push(async () => one?.thaw());
    // Those that it was given wait for their share of the time, and no call after them.
    expect(await Promise.all(NAMES.map((name) => cache.get(name)))).toEqual(NAMES);
    const begun = performance.now();
    for (const name of NAMES) expect(await cache.get(name)).toBe(name);
    expect(performance.now() - begun).toBeLessThan(TIMEOUT_MS / 2);
    await one?.thaw();
    await asksAgain(cache, one as Server);
  });

  test('reads go on while a replica is killed, and it is asked again when it is back', async () => {
    const { cache, events } = await open('killed', replicaUrls().slice(0, 1));
    await cache.setMany(NAMES.map((name) => [name, name]));
    await servers.caughtUp();
    const reads = Array.from({ length: 200 }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index));
      return await cache.get(`k${index % NAMES.length}`);
    });
    await one?.kill();
    expect((await Promise.all(reads)).every((value) => typeof value === 'string')).toBe(true);
    const { host } = new URL((one as Server).url);
    await expect
      .poll(() => events.some(({ kind, endpoint }) => kind === 'lost' && endpoint === host))
      .toBe(true);
    await one?.restart();
    await servers.attach(one as Server);
    await asksAgain(cache, one as Server);
    expect(lastOf(events, host)?.kind).toBe('ready');
  });

  test('what a replica refuses is asked of the primary, and told', async () => {
    const { cache, events } = await open('refused', replicaUrls().slice(0, 1));
    await cache.set('k', 'v');
    await servers.ask(one as Server, 'CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    await servers.ask(one as Server, 'REPLICAOF', '127.0.0.1', 1);
    ends.push(() => servers.attach(one as Server));
    for (let time = 0; time < 20; time += 1) expect(await cache.get('k')).toBe('v');
    const told = events.filter(({ kind }) => kind === 'error');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ endpoint: new URL((one as Server).url).host });
    expect(String((told[0] as { cause: unknown }).cause)).toMatch(/MASTERDOWN/);
  });

  test('hits go on while the primary is down', async () => {
    const { cache } = await open('primary-down');
    await cache.set('k', 'v');
    await servers.caughtUp();
    await servers.primary.freeze();
    ends.push(() => servers.primary.thaw());
    for (let time = 0; time < 20; time += 1) expect(await cache.get('k')).toBe('v');
    const miss = await cache.get('absent', { timeout: 300 }).catch((error: CacheError) => error.code);
    expect(miss).toBe('TIMEOUT');
    expect(await cache.get('k')).toBe('v');
  });

  test('a caller’s client is duplicated for its replicas, too', async () => {
    const opened = await driver.caller(`${servers.primary.url}/3`, replicaUrls());
    ends.push(() => opened.end());
    const { cache } = await open('caller', replicaUrls(), () => opened.adapter);
    await cache.set('k', 'v');
    await servers.caughtUp();
    const before = await counts(servers.replicas, 'mget');
    expect(await cache.get('k')).toBe('v');
    expect(await counts(servers.replicas, 'mget')).toBe(before + 1);
  });

  test('close leaves neither socket nor timer', async () => {
    const before = busy();
    const { cache } = await open('closes');
    await cache.set('k', 'v');
    await cache.get('k');
    await cache.close();
    await expect.poll(() => more(before)).toEqual([]);
  });

  test('close ends with a replica that is frozen', async () => {
    const { cache } = await open('closes-frozen');
    await two?.freeze();
    ends.push(async () => two?.thaw());
    const reads = Promise.all(NAMES.map((name) => cache.get(name)));
    await cache.close();
    expect((await reads).every((value) => value === undefined)).toBe(true);
  });

  describe('options that are refused', () => {
    test.each<[unknown, RegExp]>([
      [true, /must be a list/],
      ['redis://127.0.0.1:1', /must be a list/],
      [[undefined], /each of replicas/],
      [[{}], /replicas: url must begin with redis/],
      [[{ url: 'http://127.0.0.1' }], /replicas: url must begin with redis/],
      [[{ url: 'redis://127.0.0.1:1/2' }], /database of the server, 0/],
      [[{ url: 'redis://127.0.0.1:1', password: '' }], /replicas: password must be text/],
    ])('%j', (replicas, message) => {
      expect(() => driver.own({ url: servers.primary.url, replicas })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(message) }),
      );
    });

    test('a list of those of a cluster', () => {
      const replicas = [{ url: 'redis://127.0.0.1:1' }];
      expect(() => driver.own({ cluster: ['redis://127.0.0.1:1'], replicas })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(/must be true/) }),
      );
    });
  });

  /** Reads until a replica is asked. */
  async function asksAgain(cache: { get(key: string): Promise<unknown> }, replica: Server): Promise<void> {
    const before = await count(replica, 'mget');
    await expect
      .poll(async () => {
        await cache.get('k0');
        return (await count(replica, 'mget')) > before;
      })
      .toBe(true);
  }

  conformance({ describe, test }, {
    name: `${driver.name}, with a replica`,
    expects: ['expiry', 'counters', 'scan', 'server', 'connection', 'journal', 'pubsub', 'tracking'],
    async open() {
      const replica = two as Server;
      const adapter: RedisAdapter = driver.own({
        url: servers.primary.url,
        replicas: [{ url: replica.url }],
      });
      await adapter.connection.ready(call());
      return {
        adapter,
        disrupt: {
          async lag() {
            await servers.caughtUp([replica]);
            await servers.detach(replica);
          },
          catchUp: () => servers.attach(replica),
        },
        [Symbol.asyncDispose]: () => adapter.close(),
      };
    },
  } satisfies AdapterHarness);
}

function lastOf(events: readonly ConnectionEvent[], endpoint: string): ConnectionEvent | undefined {
  return events.filter((event) => event.endpoint === endpoint).at(-1);
}
