import { openProxy } from '@cache/conformance';
import type { Outcome } from '@cache/core';
import type { RedisAdapter } from '@cache/redis-shared';
import { type RedisCluster, type Server, startRedisCluster } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { slotOf } from '../../src/slot.ts';
import { busy, type ClusterDriver, call, more, payload, redirects, sleep, textIn, urlsOf } from './driver.ts';
import { Work } from './work.ts';

const PASSWORD = 'pass-word of all nodes';

/** What an adapter does on a cluster, as far as it needs no failover. */
export function clusterBehaviour(driver: ClusterDriver): void {
  let cluster: RedisCluster;
  let adapter: RedisAdapter;
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);

  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  beforeAll(async () => {
    process.on('unhandledRejection', onRejection);
    cluster = await startRedisCluster({
      // A node that is killed or frozen keeps its slots, and the others go on.
      nodeTimeoutMs: 60_000,
      config: { 'cluster-require-full-coverage': 'no' },
    });
  });
  afterAll(async () => {
    process.off('unhandledRejection', onRejection);
    await cluster.close();
  });
  beforeEach(async () => {
    adapter = driver.own(urlsOf(cluster));
    await adapter.connection.ready(call(10_000));
  });
  afterEach(async () => {
    await Promise.all(cluster.nodes.map((node) => node.thaw()));
    await adapter.close();
    expect(rejections).toEqual([]);
  });

  /** Keys of every node, and which node has which. */
  async function spread(count: number): Promise<{ keys: string[]; owners: Server[] }> {
    const keys = Array.from({ length: count }, (_, index) => `spread:${index}`);
    const owners = await Promise.all(keys.map(async (key) => cluster.ownerOf(await cluster.slotOf(key))));
    return { keys, owners };
  }

  async function scanned(prefix: string, between: (cursor: string) => Promise<void>): Promise<Set<string>> {
    const seen = new Set<string>();
    let cursor: string | undefined;
    let page = 0;
    do {
      const outcome = await adapter.scan.page({ prefix }, cursor, 20, call());
      if (!outcome.ok) throw new Error(outcome.error.message);
      for (const key of outcome.value.keys) seen.add(key);
      cursor = outcome.value.next;
      page += 1;
      await between(cursor ?? '');
    } while (cursor !== undefined && page < 1000);
    return seen;
  }

  async function twoMasters(slot: number): Promise<{ from: Server; to: Server }> {
    const from = await cluster.ownerOf(slot);
    const to = (await cluster.masters()).find((master) => master !== from);
    if (to === undefined) throw new Error('there is one master only');
    return { from, to };
  }

  test('slots are those that a server says', async () => {
    for (const key of [
      'a',
      '{tag}b',
      'x{}y',
      '{',
      'é{ö}',
      '鍵',
      'a{b}{c}',
      '\u0000\u007f',
      ''.padEnd(1000, 'k'),
    ]) {
      expect([key, slotOf(key)]).toEqual([key, await cluster.slotOf(key)]);
    }
  });

  describe('batches', () => {
    test('over all slots are answered item by item, in order', async () => {
      const keys = Array.from({ length: 2500 }, (_, index) => `all:${index}`);
      const writes = keys.map((key) => ({ key, payload: payload(key), ttlMs: null }));
      expect((await adapter.write(writes, call())).every(({ ok }) => ok)).toBe(true);
      const read = await adapter.read([...keys, 'none', ...keys.slice(0, 5)], call());
      expect(read.map(textOf)).toEqual([...keys, undefined, ...keys.slice(0, 5)]);
    });

    test.each(['freeze', 'kill'] as const)(
      'with a master down (%s): its items fail in time, the others do not',
      async (how) => {
        const { keys, owners } = await spread(60);
        const victim = owners[0] as Server;
        const writes = keys.map((key) => ({ key, payload: payload(key), ttlMs: null }));
        await adapter.write(writes, call());
        await victim[how]();
        const answers = async (): Promise<Outcome<unknown>[][]> => {
          const late = call(400);
          const startedAt = performance.now();
          const all = await Promise.all([
            adapter.read(keys, late),
            adapter.write(writes, late),
            adapter.counters.add(
              keys.map((key) => ({ key: `${key}:n`, by: 1n, initial: 0n, ttlMs: null })),
              late,
            ),
          ]);
          expect(performance.now() - startedAt).toBeLessThan(10_000);
          return all;
        };
        for (let round = 0; round < 2; round += 1) {
          const [reads = [], written = []] = await answers();
          for (const [index, owner] of owners.entries()) {
            for (const outcomes of [reads, written]) {
              expect([keys[index], outcomes[index]?.ok]).toEqual([keys[index], owner !== victim]);
            }
            const failure = written[index];
            // The first round is under way when the node stops; the second is handed to nobody.
            if (failure?.ok === false && round > 0) expect(failure.error.outcome).toBe('not-applied');
          }
        }
        if (how === 'freeze') await victim.thaw();
        else await victim.restart();
        await expect
          .poll(async () => (await adapter.write(writes, call(500))).every(({ ok }) => ok), {
            timeout: 20_000,
          })
          .toBe(true);
        await cluster.settled();
      },
    );
  });

  describe('a slot that is moved', () => {
    test('while calls go on: each takes effect once, and in order', async () => {
      const keys = Array.from({ length: 40 }, (_, index) => `{moving}${index}`);
      const slot = await cluster.slotOf('{moving}');
      const { from, to } = await twoMasters(slot);
      const before = await redirects([from, to]);
      const work = new Work(adapter, keys, 3000);
      await work.more(500);
      for (const [source, target] of [
        [from, to],
        [to, from],
        [from, to],
      ] as const) {
        const move = await cluster.beginMove(slot, source, target);
        await work.more(200);
        await move.moveKeys(30);
        await work.more(200);
        await move.finish();
        await work.more(200);
      }
      const increments = await work.stop();
      expect([work.wrong, work.failures]).toEqual([[], []]);
      expect(increments).toBeGreaterThan(100);
      const { moved, ask } = await redirects([from, to]);
      expect(moved).toBeGreaterThan(before.moved);
      expect(ask).toBeGreaterThan(before.ask);
      await cluster.settled();
      await cluster.moveSlot(slot, to, from);
    });

    test('half way, is read and written as ever, also by MGET of keys here and there', async () => {
      const keys = Array.from({ length: 20 }, (_, index) => `{half}${index}`);
      const slot = await cluster.slotOf('{half}');
      const { from, to } = await twoMasters(slot);
      await adapter.write(
        keys.map((key) => ({ key, payload: payload(key), ttlMs: null })),
        call(),
      );
      const move = await cluster.beginMove(slot, from, to);
      expect(await move.moveKeys(10)).toBe(10);
      expect((await adapter.read([...keys, '{half}none'], call())).map(textOf)).toEqual([...keys, undefined]);
      const additions = keys.map((key) => ({ key: `${key}:n`, by: 1n, initial: 5n, ttlMs: null }));
      expect(await adapter.counters.add(additions, call())).toEqual(
        keys.map(() => ({ ok: true, value: 6n })),
      );
      await move.finish();
      expect((await adapter.read(keys, call())).map(textOf)).toEqual(keys);
      await cluster.settled();
    });

    test.each(['whole', 'half way', 'half way before the scan began'] as const)(
      'to a master that a scan has left behind (%s) hides no key',
      async (how) => {
        const tag = `{${lastTag(how)}}`;
        const keys = Array.from({ length: 100 }, (_, index) => `${tag}${index}`);
        await adapter.write(
          keys.map((key) => ({ key, payload: payload(key), ttlMs: null })),
          call(),
        );
        const slot = await cluster.slotOf(tag);
        const from = await cluster.ownerOf(slot);
        for (const to of (await cluster.masters()).filter((master) => master !== from)) {
          const begin = () => cluster.beginMove(slot, from, to);
          let move = how === 'half way before the scan began' ? await begin() : undefined;
          let moved = 0;
          const seen = await scanned(tag, async (cursor) => {
            // The master that has the last slots is about to be scanned.
            if (moved > 0 || !/\.1\d{4}\.0$/.test(cursor)) return;
            move ??= await begin();
            moved = await move.moveKeys();
            if (how === 'whole') await move.finish();
          });
          expect(moved).toBe(keys.length);
          expect(keys.filter((key) => !seen.has(key))).toEqual([]);
          if (how !== 'whole') await move?.finish();
          await cluster.settled();
          await cluster.moveSlot(slot, to, from);
        }
      },
    );
  });

  describe('connections', () => {
    test('tell of themselves, and of another share of the slots', async () => {
      const other = driver.own(urlsOf(cluster).slice(0, 1));
      const events: string[] = [];
      other.connection.on(({ kind, endpoint }) => events.push(`${kind} ${endpoint}`));
      await other.connection.ready(call());
      const all = cluster.nodes.map(({ host, port }) => `ready ${host}:${port}`);
      expect([...events].sort()).toEqual([...all].sort());
      const slot = await cluster.slotOf('{told}');
      const { from, to } = await twoMasters(slot);
      await cluster.moveSlot(slot, from, to);
      await other.write([{ key: '{told}', payload: payload('x'), ttlMs: null }], call());
      await expect.poll(() => events.some((event) => event.startsWith('reconfigured'))).toBe(true);
      await other.close();
    });

    test('leave nothing behind when closed, whatever is under way', async () => {
      const before = busy();
      const other = driver.own(urlsOf(cluster));
      await other.connection.ready(call());
      const victim = cluster.nodes[1] as Server;
      const { keys } = await spread(30);
      await victim.freeze();
      const pending = other.read(keys, call(600));
      await sleep(50);
      const waiting = other.read(keys, call(60_000));
      await sleep(400);
      const startedAt = performance.now();
      await other.close();
      // What was handed over before the node was known to be silent ends with the connection.
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      for (const outcomes of [await pending, await waiting]) expect(outcomes).toHaveLength(keys.length);
      expect(await other.read(['k'], call())).toMatchObject([{ ok: false, error: { code: 'CLOSED' } }]);
      await victim.thaw();
      await expect.poll(() => more(before), { timeout: 5000 }).toEqual([]);
    });

    test('are closed at once where none could be made', async () => {
      const before = busy();
      const other = driver.own(['redis://127.0.0.1:1', 'redis://127.0.0.1:2']);
      const pending = other.read(['k'], call(60_000));
      expect(await other.read(['k'], call(200))).toMatchObject([
        { ok: false, error: { code: 'UNAVAILABLE', outcome: 'not-applied' } },
      ]);
      await expect(other.connection.ready(call(100))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await other.close();
      expect(await pending).toMatchObject([{ ok: false, error: { code: 'CLOSED' } }]);
      await expect.poll(() => more(before), { timeout: 5000 }).toEqual([]);
    });

    test('are one a master, however the nodes are called', async () => {
      const before = busy().TCPSocketWrap ?? 0;
      const other = driver.own(urlsOf(cluster).map((url) => url.replace('127.0.0.1', 'localhost')));
      await other.connection.ready(call());
      await expect.poll(() => (busy().TCPSocketWrap ?? 0) - before).toBe(3);
      await other.close();
    });

    test('are made from one node that is up, though others of the list are not', async () => {
      const other = driver.own(['redis://127.0.0.1:1', cluster.nodes[2]?.url ?? '']);
      await other.connection.ready(call());
      expect(await other.write([{ key: 'k', payload: payload('k'), ttlMs: null }], call())).toMatchObject([
        { ok: true },
      ]);
      await other.close();
    });
  });

  describe("the caller's cluster", () => {
    test('need not be connected, is not closed, and its key prefix holds', async () => {
      const { adapter: over, works, end } = await driver.caller(urlsOf(cluster), { keyPrefix: 'app:' });
      await over.connection.ready(call());
      await over.write([{ key: '{p}1', payload: payload('prefixed'), ttlMs: null }], call());
      await over.close();
      expect(await works()).toBe(true);
      await end();
      expect((await adapter.read(['app:{p}1'], call())).map(textOf)).toEqual(['prefixed']);
      const idle = await driver.caller(urlsOf(cluster), { unconnected: true });
      await idle.adapter.connection.ready(call());
      await idle.adapter.close();
      await idle.end();
    });

    test('gives the login of all nodes, and no error shows it', async () => {
      const guarded = await startRedisCluster({ password: PASSWORD });
      try {
        const { adapter: over, end } = await driver.caller(urlsOf(guarded), { password: PASSWORD });
        await over.connection.ready(call());
        await over.close();
        await end();
        const own = driver.own(urlsOf(guarded));
        await own.connection.ready(call());
        await own.close();
        const wrong = driver.own(urlsOf(guarded).map((url) => url.replace(/:[^:@]*@/, ':wr0ng-word@')));
        const refused = await wrong.connection.ready(call()).catch((error) => error);
        expect(refused).toMatchObject({ code: 'SERVER', message: expect.stringContaining('WRONGPASS') });
        const [outcome] = await wrong.read(['k'], call(300));
        await wrong.close();
        for (const error of [refused, outcome?.ok === false && outcome.error]) {
          expect(`${JSON.stringify(error)} ${error?.message} ${error?.cause}`).not.toContain('wr0ng-word');
        }
      } finally {
        await guarded.close();
      }
    });

    test('must have database 0', async () => {
      await expect(driver.caller(urlsOf(cluster), { database: 3, unconnected: true })).rejects.toThrow(
        /database/,
      );
      expect(() => driver.own(urlsOf(cluster).map((url) => `${url}/3`))).toThrow(/no database but 0/);
    });
  });

  test('options that a cluster cannot have are refused', async () => {
    for (const prefix of ['{', 'a}', '{a}']) {
      expect(() => driver.own(urlsOf(cluster), { prefix })).toThrow(/prefix must hold no brace/);
    }
    await expect(driver.caller(urlsOf(cluster), { keyPrefix: '{x}', unconnected: true })).rejects.toThrow(
      /brace/,
    );
    for (const buckets of [0, 1025, 1.5, Number.NaN]) {
      expect(() => driver.own(urlsOf(cluster), { buckets })).toThrow(/buckets must be a whole number/);
    }
    expect(() => driver.own([])).toThrow(/list of URLs of nodes/);
    expect(adapter.buckets).toBe(32);
    const few = driver.own(urlsOf(cluster), { buckets: 4 });
    expect(few.buckets).toBe(4);
    await few.close();
  });

  test('an increment whose reply is lost is not sent again', async () => {
    const proxies = await Promise.all(cluster.nodes.map((target) => openProxy({ target, protocol: 'resp' })));
    const map = Object.fromEntries(
      cluster.nodes.map(({ host, port }, index) => [
        `${host}:${port}`,
        { host, port: proxies[index]?.port ?? 0 },
      ]),
    );
    const { adapter: over, end } = await driver.caller(urlsOf(cluster), { map, unconnected: true });
    await over.connection.ready(call());
    const additions = Array.from({ length: 30 }, (_, index) => ({
      key: `lost:${index}`,
      by: 1n,
      initial: 0n,
      ttlMs: null,
    }));
    for (const proxy of proxies) proxy.cutOn('EVAL', { when: 'before-reply' });
    const one = await Promise.all(additions.map((addition) => over.counters.add([addition], call())));
    const values = await adapter.counters.add(
      additions.map((addition) => ({ ...addition, by: 0n })),
      call(),
    );
    const outcomes = one.map(([outcome]) => (outcome?.ok ? 'applied' : outcome?.error.outcome));
    expect(outcomes).toContain('unknown');
    for (const [index, value] of values.entries()) {
      const counted = value.ok ? Number(value.value) : Number.NaN;
      if (outcomes[index] === 'unknown') expect(counted).toBeLessThanOrEqual(1);
      else expect([index, counted]).toEqual([index, outcomes[index] === 'applied' ? 1 : 0]);
    }
    await over.close();
    await end();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  test('what a node owes an answer for is not sent again, and nothing more is sent to it', async () => {
    const { keys, owners } = await spread(30);
    const victim = owners[0] as Server;
    const mine = keys.filter((_key, index) => owners[index] === victim).map((key) => `${key}`);
    await adapter.write(
      mine.map((key) => ({ key, payload: payload('before'), ttlMs: null })),
      call(),
    );
    await victim.freeze();
    const first = await adapter.write(
      mine.map((key) => ({ key, payload: payload('first'), ttlMs: null })),
      call(200),
    );
    const second = await adapter.write(
      mine.map((key) => ({ key, payload: payload('second'), ttlMs: null })),
      call(200),
    );
    await victim.thaw();
    expect(first.every((one) => !one.ok && one.error.outcome === 'unknown')).toBe(true);
    expect(second.every((one) => !one.ok && one.error.outcome === 'not-applied')).toBe(true);
    const values = (await adapter.read(mine, call())).map(textOf);
    expect(values.filter((value) => value === 'second')).toEqual([]);
    await cluster.settled();
  });
}

function textOf(outcome: Outcome<{ payload: Uint8Array } | undefined>): string | undefined {
  return outcome.ok ? textIn(outcome.value) : `failed: ${outcome.error.message}`;
}

/** A hash tag whose slot is among the last ones. */
function lastTag(name: string): string {
  let tag = name;
  for (let count = 0; slotOf(tag) < 15_000; count += 1) tag = `${name}${count}`;
  return tag;
}
