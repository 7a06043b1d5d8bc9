import { type FaultProxy, openProxy } from '@cache/conformance';
import type { RedisAdapter } from '@cache/redis-shared';
import { type Server, startRedis } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { busy, call, more, payload } from '../cluster/driver.ts';
import { subscribed, tracked } from './ears.ts';
import { Wire } from './wire.ts';

/** How a driver's adapter is opened. */
export interface ListeningDriver {
  toServer(
    url: string,
    options?: { readonly prefix?: string; readonly stallTimeoutMs?: number },
  ): RedisAdapter;
}

/** What an adapter hears of one server. */
export function listeningBehaviour({ toServer }: ListeningDriver): void {
  let server: Server;
  let proxy: FaultProxy;
  let wire: Wire;
  const adapters: RedisAdapter[] = [];
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
  const opened = async (adapter: RedisAdapter): Promise<RedisAdapter> => {
    adapters.push(adapter);
    await adapter.connection.ready(call());
    return adapter;
  };
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    proxy = await openProxy({ target: server, protocol: 'resp' });
    wire = new Wire(server);
  });
  afterEach(async () => {
    await Promise.all(adapters.splice(0).map((adapter) => adapter.close()));
    wire.close();
    expect(proxy.failures).toEqual([]);
    await proxy.close();
  });
  afterAll(() => server.close());

  /** The ids of connections that are subscribed. */
  const listening = async (): Promise<string[]> =>
    (await wire.clients()).filter(({ flags }) => flags.includes('P')).map(({ id }) => id);

  describe('pubsub', () => {
    test('one connection serves all channels, and ends with the last subscription', async () => {
      const { pubsub } = await opened(toServer(server.url));
      const [one, two, three] = [subscribed(pubsub, 'a'), subscribed(pubsub, 'b'), subscribed(pubsub, 'b')];
      const all = [one, two, three];
      await expect
        .poll(() => all.map(({ told }) => told))
        .toEqual([['subscribed'], ['subscribed'], ['subscribed']]);
      expect(await listening()).toHaveLength(1);
      await pubsub.publish('a', 'to a', call());
      await pubsub.publish('b', 'to b', call());
      await expect.poll(() => all.map(({ texts }) => texts)).toEqual([['to a'], ['to b'], ['to b']]);
      await one.leave();
      await two.leave();
      await pubsub.publish('a', 'more', call());
      await pubsub.publish('b', 'more', call());
      await expect.poll(() => three.texts).toEqual(['to b', 'more']);
      expect([...one.texts, ...two.texts]).toEqual(['to a', 'to b']);
      await three.leave();
      expect(await listening()).toEqual([]);
    });

    test('who comes back to a channel while it is being left hears', async () => {
      const { pubsub } = await opened(toServer(server.url));
      const other = subscribed(pubsub, 'other');
      for (let round = 0; round < 20; round += 1) {
        const first = subscribed(pubsub, 'a');
        if (round % 2 === 0) await expect.poll(() => first.told).toEqual(['subscribed']);
        const left = first.leave();
        if (round % 3 === 0) await Promise.resolve();
        const second = subscribed(pubsub, 'a');
        await left;
        await expect.poll(() => second.told).toEqual(['subscribed']);
        await pubsub.publish('a', 'x', call());
        await expect.poll(() => second.texts).toEqual(['x']);
        await second.leave();
      }
      expect(other.told).toEqual(['subscribed']);
    });

    test('numbers rise above the clock, name the one before, and end a day after the last message', async () => {
      const { pubsub } = await opened(toServer(server.url, { prefix: 'app:' }));
      const heard = subscribed(pubsub, '{cacheb:');
      await expect.poll(() => heard.told).toEqual(['subscribed']);
      const before = Date.now() * 1000;
      const numbers: number[] = [];
      for (const text of ['one', '', 'a b\r\n{"ü": 1}']) {
        const outcome = await pubsub.publish('{cacheb:', text, call());
        if (outcome.ok) numbers.push(outcome.value);
      }
      const [first = 0, second = 0, third = 0] = numbers;
      expect(first).toBeGreaterThan(before - 1_000_000);
      await expect
        .poll(() => heard.numbers)
        .toEqual([
          [0, first],
          [first, second],
          [second, third],
        ]);
      expect(heard.texts).toEqual(['one', '', 'a b\r\n{"ü": 1}']);
      expect(await pubsub.number('{cacheb:', call())).toEqual({ ok: true, value: third });
      expect(await pubsub.number('none', call())).toEqual({ ok: true, value: 0 });
      expect(Number(await wire.ask('PTTL', 'app:{%7Bcacheb:}b:'))).toBeGreaterThan(86_000_000);
    });

    test('a subscription that was killed is lost and begins again; what was published meanwhile is missed', async () => {
      const { pubsub } = await opened(toServer(server.url));
      const heard = subscribed(pubsub, 'a');
      await expect.poll(() => heard.told).toEqual(['subscribed']);
      await wire.ask('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
      await pubsub.publish('a', 'missed', call());
      await expect.poll(() => heard.told).toEqual(['subscribed', 'lost', 'subscribed']);
      await pubsub.publish('a', 'heard', call());
      await expect.poll(() => heard.texts).toEqual(['heard']);
    });

    test('a connection through which nothing comes any more is noticed, without a call', async () => {
      const { pubsub } = await opened(toServer(proxy.url('redis'), { stallTimeoutMs: 200 }));
      const heard = subscribed(pubsub, 'a');
      await expect.poll(() => heard.told).toEqual(['subscribed']);
      proxy.blackHole();
      await expect.poll(() => heard.told, { timeout: 5000 }).toEqual(['subscribed', 'lost']);
      proxy.heal();
      proxy.cut();
      await expect.poll(() => heard.told, { timeout: 5000 }).toEqual(['subscribed', 'lost', 'subscribed']);
    });

    test('what the server does not permit is told, tried again, and keeps nobody from calls', async () => {
      await wire.ask('ACL', 'SETUSER', 'deaf', 'on', '>pw', '~*', '+@all', '-subscribe');
      const url = server.url.replace('redis://', 'redis://deaf:pw@');
      const adapter = await opened(toServer(url, { stallTimeoutMs: 100 }));
      const errors: unknown[] = [];
      adapter.connection.on((event) => event.kind === 'error' && errors.push(event.cause));
      const heard = subscribed(adapter.pubsub, 'a');
      await expect.poll(() => String(errors[0])).toContain('NOPERM');
      await adapter.connection.ready(call());
      expect(heard.told).toEqual([]);
      await wire.ask('ACL', 'SETUSER', 'deaf', '+subscribe', 'allchannels');
      await expect.poll(() => heard.told).toEqual(['subscribed']);
    });
  });

  describe('tracking', () => {
    test('tells what anybody changes under the prefix, by its names, and when all was flushed', async () => {
      const adapter = await opened(toServer(server.url, { prefix: 'app:' }));
      const noted = tracked(adapter.tracking, 'k:');
      await expect.poll(() => noted.told).toEqual(['hearing']);
      await adapter.write([{ key: 'k:1', payload: payload('v'), ttlMs: null }], call());
      await adapter.write([{ key: 'other', payload: payload('v'), ttlMs: null }], call());
      await wire.ask('SET', 'app:k:2', 'x');
      await wire.ask('SET', 'k:3', 'x');
      await wire.ask('SET', 'app:k:4', 'x', 'PX', '1');
      await wire.ask('GET', 'app:k:1');
      expect(await noted.tracked.confirm(call())).toEqual({ ok: true, value: undefined });
      expect(noted.keys.filter((key) => key !== 'k:4')).toEqual(['k:1', 'k:2']);
      await expect.poll(() => noted.keys.filter((key) => key === 'k:4').length).toBeGreaterThan(1);
      await wire.ask('FLUSHDB');
      await expect.poll(() => noted.keys.at(-1)).toBeUndefined();
      expect(noted.told).toEqual(['hearing']);
    });

    test('several trackers, of one prefix and of prefixes of each other, each hear', async () => {
      const { tracking } = await opened(toServer(server.url));
      const all = [
        tracked(tracking, 'p'),
        tracked(tracking, 'p'),
        tracked(tracking, 'pp'),
        tracked(tracking, ''),
      ];
      await expect.poll(() => all.every(({ told }) => told.length === 1)).toBe(true);
      await wire.ask('SET', 'pq', '1');
      await expect.poll(() => all.map(({ keys }) => keys.length)).toEqual([1, 1, 0, 1]);
      await all[0]?.tracked.close();
      await wire.ask('SET', 'pp', '1');
      await expect.poll(() => all.map(({ keys }) => keys.length)).toEqual([1, 2, 1, 2]);
      expect(await listening()).toHaveLength(3);
    });

    test('what was confirmed was told: a change by another client is heard before', async () => {
      const { tracking } = await opened(toServer(server.url));
      const noted = tracked(tracking, 'c:');
      await expect.poll(() => noted.told).toEqual(['hearing']);
      for (let index = 0; index < 200; index += 1) {
        await wire.ask('SET', `c:${index}`, 'x');
        const confirmed = await noted.tracked.confirm(call());
        expect([confirmed.ok, noted.keys.at(-1)]).toEqual([true, `c:${index}`]);
      }
    });

    test('does not confirm while nothing comes through, nor what another server is told', async () => {
      const adapter = await opened(toServer(proxy.url('redis')));
      const noted = tracked(adapter.tracking, 'c:');
      expect(await noted.tracked.confirm(call())).toMatchObject({
        ok: false,
        error: { code: 'UNAVAILABLE' },
      });
      await expect.poll(() => noted.told).toEqual(['hearing']);
      proxy.blackHole({ buffer: true });
      expect(await noted.tracked.confirm(call(100))).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
      proxy.heal();
      await expect.poll(async () => (await noted.tracked.confirm(call())).ok).toBe(true);
    });

    test('what keeps it from being confirmed is told', async () => {
      await wire.ask('ACL', 'SETUSER', 'unsure', 'on', '>pw', '~*', '&*', '+@all', '-client|list');
      const adapter = await opened(toServer(server.url.replace('redis://', 'redis://unsure:pw@')));
      const errors: unknown[] = [];
      adapter.connection.on((event) => event.kind === 'error' && errors.push(event.cause));
      const noted = tracked(adapter.tracking, 'c:');
      await expect.poll(() => noted.told).toEqual(['hearing']);
      expect(await noted.tracked.confirm(call())).toMatchObject({ ok: false, error: { code: 'SERVER' } });
      expect(errors.map(String).join()).toContain('NOPERM');
    });

    test('a connection that was killed is lost and begins again', async () => {
      const { tracking } = await opened(toServer(server.url));
      const noted = tracked(tracking, 'c:');
      await expect.poll(() => noted.told).toEqual(['hearing']);
      for (const id of await listening()) await wire.ask('CLIENT', 'KILL', 'ID', id);
      await expect.poll(() => noted.told).toEqual(['hearing', 'lost', 'hearing']);
      await wire.ask('SET', 'c:1', 'x');
      expect((await noted.tracked.confirm(call())).ok).toBe(true);
      expect(noted.keys).toEqual(['c:1']);
    });

    test('a connection through which nothing comes any more is noticed, without a call', async () => {
      const { tracking } = await opened(toServer(proxy.url('redis'), { stallTimeoutMs: 200 }));
      const noted = tracked(tracking, 'c:');
      await expect.poll(() => noted.told).toEqual(['hearing']);
      proxy.blackHole();
      await expect.poll(() => noted.told, { timeout: 5000 }).toEqual(['hearing', 'lost']);
    });
  });

  test('needs no more rights than the README says', async () => {
    const rights = ['+@read', '+@write', '+@scripting', '+@connection', '+info', '+@pubsub', '+time'];
    const channels = ['resetchannels', '&app:{cacheb:', '&__redis__:invalidate'];
    await wire.ask('ACL', 'SETUSER', 'cache', 'on', '>pw', '~*', ...rights, ...channels);
    const url = server.url.replace('redis://', 'redis://cache:pw@');
    const { pubsub, tracking } = await opened(toServer(url, { prefix: 'app:' }));
    const heard = subscribed(pubsub, '{cacheb:');
    const noted = tracked(tracking, '{cache');
    await expect.poll(() => [...heard.told, ...noted.told]).toEqual(['subscribed', 'hearing']);
    expect(await pubsub.publish('{cacheb:', 'text', call())).toMatchObject({ ok: true });
    expect(await noted.tracked.confirm(call())).toMatchObject({ ok: true });
    await expect.poll(() => heard.texts).toEqual(['text']);
  });

  test('whoever throws where he is told something harms nobody', async () => {
    const { pubsub, tracking } = await opened(toServer(server.url));
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const fail = (): never => {
      throw new Error('of a subscriber');
    };
    pubsub.subscribe('a', { subscribed: fail, lost: fail, message: fail });
    tracking.track('a', { hearing: fail, lost: fail, changed: fail });
    const heard = subscribed(pubsub, 'a');
    await expect.poll(() => heard.told).toEqual(['subscribed']);
    await pubsub.publish('a', 'x', call());
    await wire.ask('SET', 'a', 'x');
    await expect.poll(() => heard.texts).toEqual(['x']);
    await expect.poll(() => warnings.length).toBeGreaterThanOrEqual(4);
    process.off('warning', onWarning);
  });

  test('nothing is left behind when the adapter is closed, also in the middle of things', async () => {
    const before = busy();
    for (let turns = 0; turns < 20; turns += 1) {
      const adapter = toServer(server.url);
      await adapter.connection.ready(call());
      const heard = subscribed(adapter.pubsub, 'a');
      const noted = tracked(adapter.tracking, 'a');
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await adapter.close();
      expect(['', 'subscribed', 'subscribed lost']).toContain(heard.told.join(' '));
      expect(['', 'hearing', 'hearing lost']).toContain(noted.told.join(' '));
      expect(await noted.tracked.confirm(call())).toMatchObject({ ok: false, error: { code: 'CLOSED' } });
      await heard.leave();
      await noted.tracked.close();
      const late = subscribed(adapter.pubsub, 'a');
      await late.leave();
    }
    await expect.poll(() => more(before), { timeout: 5000 }).toEqual([]);
  });
}
