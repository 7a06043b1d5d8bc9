import { describe, expect, test } from 'vitest';
import {
  type Failure,
  failed,
  ok,
  type PartitionNode,
  type PubSub,
  partition,
  prefix,
  type Scan,
  type Tracker,
  type Tracking,
} from '../src/index.ts';
import { toldAdapter } from './fake.ts';

const CALL = { deadline: Number.POSITIVE_INFINITY };
const OUT: Failure = { code: 'UNAVAILABLE', message: 'out', retryable: true, outcome: 'not-applied' };

describe('prefix', () => {
  test.each(['', 'a{b', 'a}b', 'a\ud800', 'x'.repeat(873)])('refuses %j', (text) => {
    expect(() => prefix(toldAdapter(ok), text)).toThrow(/prefix:/);
  });

  test('takes its bytes off the longest key, by UTF-8', () => {
    expect(prefix(toldAdapter(ok), 'x'.repeat(872)).limits.maxKeyBytes).toBe(128);
    expect(prefix(toldAdapter(ok), 'ü:').limits.maxKeyBytes).toBe(997);
  });

  test('stands before the keys of each call, and of no answer', async () => {
    const inner = toldAdapter(ok);
    const adapter = prefix(inner, 'app:');
    await adapter.read(['a', 'b'], CALL);
    await adapter.write([{ key: 'a', payload: 'x', ttlMs: null, when: 'absent' }], CALL);
    await adapter.remove([{ key: 'a' }], CALL);
    await adapter.touch([{ key: 'a', ttlMs: 1 }], CALL);
    const own = ['app:a'];
    expect(inner.given.map(({ keys }) => keys)).toEqual([['app:a', 'app:b'], own, own, own]);
  });

  test('a scan asks for it literally, and answers without it', async () => {
    const asked: unknown[] = [];
    const scan: Scan = {
      page: async (...args) => {
        asked.push(args);
        return ok({ keys: ['a*:{n}v:1', 'a*:a*:2'], next: '7' });
      },
    };
    const adapter = prefix({ ...toldAdapter(ok), scan }, 'a*:');
    expect(await adapter.scan.page({ prefix: '{n', glob: '*' }, '3', 10, CALL)).toEqual(
      ok({ keys: ['{n}v:1', 'a*:2'], next: '7' }),
    );
    expect(asked).toEqual([[{ prefix: 'a*:{n', glob: '*' }, '3', 10, CALL]]);
  });

  test('tracked keys come without it; any key stays any key', () => {
    let tracker: Tracker | undefined;
    const roots: string[] = [];
    const tracking: Tracking = {
      track(root, given) {
        roots.push(root);
        tracker = given;
        return { confirm: async () => ok(undefined), close: async () => undefined };
      },
    };
    const told: unknown[] = [];
    prefix({ ...toldAdapter(ok), tracking }, 'app:').tracking.track('{n', {
      hearing: () => told.push('hearing'),
      lost: () => told.push('lost'),
      changed: (keys) => told.push(keys),
    });
    tracker?.hearing();
    tracker?.changed(['app:{n}v:1']);
    tracker?.changed(undefined);
    tracker?.lost();
    expect(roots).toEqual(['app:{n']);
    expect(told).toEqual(['hearing', ['{n}v:1'], undefined, 'lost']);
  });

  test('stands before channels', async () => {
    const channels: string[] = [];
    const seen = async (channel: string) => ok(channels.push(channel));
    const pubsub: PubSub = {
      publish: seen,
      number: seen,
      subscribe(channel) {
        channels.push(channel);
        return async () => undefined;
      },
    };
    const adapter = prefix({ ...toldAdapter(ok), pubsub }, 'app:');
    await adapter.pubsub.publish('c', 'text', CALL);
    await adapter.pubsub.number('c', CALL);
    adapter.pubsub.subscribe('c', { subscribed() {}, lost() {}, message() {} });
    expect(channels).toEqual(['app:c', 'app:c', 'app:c']);
  });
});

describe('partition', () => {
  type Told = ReturnType<typeof toldAdapter>;

  function nodesOf(...names: string[]): PartitionNode<Told>[] {
    return names.map((name) => ({ name, adapter: toldAdapter(() => ok(name), name) }));
  }

  /** Where each of the keys is. */
  async function placesOf(nodes: readonly PartitionNode<Told>[], keys: readonly string[]) {
    const outcomes = await partition(nodes).read(keys, CALL);
    return outcomes.map((outcome) => (outcome.ok ? String(outcome.value) : 'failed'));
  }

  test('refuses no nodes, and equal names', () => {
    expect(() => partition([])).toThrow(/needs adapters/);
    expect(() => partition(nodesOf('a', 'b', 'a'))).toThrow(/name of its own/);
  });

  test('a node that is added takes its share, and nothing else moves', async () => {
    const keys = Array.from({ length: 10_000 }, (_value, index) => `{user#${index}}v:1`);
    for (const count of [1, 2, 3, 4, 9]) {
      const names = Array.from({ length: count }, (_value, index) => `node-${index}`);
      const before = await placesOf(nodesOf(...names), keys);
      const after = await placesOf(nodesOf(...names, 'new'), keys);
      const moved = after.flatMap((place, index) => (place === before[index] ? [] : [place]));
      expect(new Set(moved)).toEqual(new Set(['new']));
      expect(moved.length / keys.length).toBeCloseTo(1 / (count + 1), 1);
      const shares = names.map((name) => before.filter((place) => place === name).length);
      for (const share of shares) expect((share * count) / keys.length).toBeCloseTo(1, 0.5);
    }
  });

  test('the order of the nodes says nothing, the hash tag everything', async () => {
    const keys = Array.from({ length: 500 }, (_value, index) => `{user#${index % 20}}v:${index}`);
    const places = await placesOf(nodesOf('a', 'b', 'c'), keys);
    expect(await placesOf(nodesOf('c', 'a', 'b'), keys)).toEqual(places);
    expect(places).toEqual(keys.map((_key, index) => places[index % 20]));
  });

  test('a dead node fails its items alone, and answers are by position', async () => {
    const keys = Array.from({ length: 100 }, (_value, index) => `k${index}`);
    const [a, b] = nodesOf('a', 'b') as [PartitionNode<Told>, PartitionNode<Told>];
    const places = await placesOf([a, b], keys);
    const dead = { name: 'b', adapter: toldAdapter(() => failed(OUT)) };
    const outcomes = await partition([a, dead]).remove(
      keys.map((key) => ({ key })),
      CALL,
    );
    expect(new Set(places)).toEqual(new Set(['a', 'b']));
    expect(outcomes).toEqual(places.map((place) => (place === 'a' ? ok('a') : failed(OUT))));
  });

  test('a scan goes from node to node, each with its own cursor', async () => {
    const node = (name: string, pages: number): PartitionNode<Told & { readonly scan: Scan }> => ({
      name,
      adapter: {
        ...toldAdapter(ok),
        scan: {
          async page(_match, cursor = '1') {
            const next = Number(cursor) < pages ? String(Number(cursor) + 1) : undefined;
            return ok({ keys: [`${name}${cursor}`], next });
          },
        },
      },
    });
    const { scan } = partition([node('a', 2), node('b', 1), node('c', 3)]);
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await scan.page({ prefix: '' }, cursor, 10, CALL);
      if (!page.ok) throw new Error(page.error.message);
      keys.push(...page.value.keys);
      cursor = page.value.next;
    } while (cursor !== undefined);
    expect(keys).toEqual(['a1', 'a2', 'b1', 'c1', 'c2', 'c3']);
    expect(await scan.page({ prefix: '' }, '9:', 10, CALL)).toMatchObject({ ok: false });
  });

  test('has the least of the limits, and the facets that all have', () => {
    const counters = { add: async () => [] };
    const [a, b] = nodesOf('a', 'b') as [PartitionNode<Told>, PartitionNode<Told>];
    const small = { ...b.adapter, limits: { ...b.adapter.limits, maxKeyBytes: 250, ttlResolutionMs: 1000 } };
    const some = partition([
      { name: 'a', adapter: { ...a.adapter, counters } },
      { name: 'b', adapter: small },
    ]);
    expect(some.limits).toMatchObject({ maxKeyBytes: 250, ttlResolutionMs: 1000 });
    expect(some).not.toHaveProperty('counters');
    expect(partition([{ name: 'a', adapter: { ...a.adapter, counters } }])).toHaveProperty('counters');
  });
});
