import { describe, expect, test } from 'vitest';
import { type Adapter, createCache, type Failure, failed, hashTag, ok, type Stored } from '../src/index.ts';

const DEAD: Failure = { code: 'UNAVAILABLE', message: 'dead', retryable: true, outcome: 'not-applied' };
const KEYS = Array.from({ length: 400 }, (_, i) => `key-${i}`);

/** Several nodes as one adapter; a key lives on the node that its hash tag names. */
function spread(buckets: number) {
  const nodes = [0, 1, 2].map(() => new Map<string, Stored<object>>());
  const dead = new Set<number>();
  let version = 0;
  const nodeOf = (key: string): number => Number(/#(\d+)$/.exec(hashTag(key))?.[1]) % nodes.length;
  const on = <I extends { readonly key: string }, R>(
    items: readonly I[],
    run: (node: Map<string, Stored<object>>, item: I) => R,
  ) =>
    Promise.resolve(
      items.map((item) => {
        const node = nodeOf(item.key);
        return dead.has(node) ? failed(DEAD) : ok(run(nodes[node] as Map<string, Stored<object>>, item));
      }),
    );
  const adapter: Adapter<object> = {
    name: 'spread',
    payload: 'reference',
    limits: { maxKeyBytes: 1000, maxValueBytes: 1000, maxTtlMs: 1e12, ttlResolutionMs: 1 },
    buckets,
    read: (keys) =>
      on(
        keys.map((key) => ({ key })),
        (node, { key }) => node.get(key),
      ),
    write: (writes) =>
      on(writes, (node, { key, payload, when }) => {
        if (
          when === 'absent'
            ? node.has(key)
            : typeof when === 'object' && node.get(key)?.version !== when.version
        )
          return { written: false };
        version += 1;
        node.set(key, { payload, version });
        return { written: true, version };
      }),
    remove: (removals) => on(removals, (node, { key }) => node.delete(key)),
    touch: (touches) => on(touches, (node, { key }) => node.has(key)),
    close: async () => undefined,
  };
  return { adapter, nodes, dead };
}

async function filled(buckets = 12) {
  const parts = spread(buckets);
  const cache = createCache<typeof parts.adapter, string>({ adapter: parts.adapter });
  await cache.setMany(KEYS.map((key) => [key, key]));
  return { ...parts, cache };
}

describe('a namespace in buckets', () => {
  test('is spread over the nodes, each entry beside its record', async () => {
    const { nodes, cache } = await filled();
    expect(await cache.getMany(KEYS)).toEqual(KEYS);
    for (const node of nodes) {
      const tags = new Set(Array.from(node.keys(), hashTag));
      const records = [...node.keys()].filter((key) => key.endsWith('}r:'));
      expect(new Set(records.map(hashTag))).toEqual(tags);
      expect(records).toHaveLength(4);
      expect(node.size).toBeGreaterThan(KEYS.length / 6);
    }
  });

  test('loses to a dead node what is on it and nothing else, and says so by key', async () => {
    const { nodes, dead, cache } = await filled();
    dead.add(1);
    const lost = (nodes[1] as Map<string, unknown>).size - 4;
    const values = await cache.getMany(KEYS);
    expect(values.filter((value) => value === undefined)).toHaveLength(lost);
    const error = await cache.setMany(KEYS.map((key) => [key, 'again'])).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'PARTIAL' });
    expect(error.failures.size).toBe(lost);
    dead.clear();
    expect((await cache.getMany(KEYS)).filter((value) => value === 'again')).toHaveLength(KEYS.length - lost);
  });

  test('is cleared as a whole, and clear rejects if one part was not', async () => {
    const { dead, cache } = await filled();
    dead.add(2);
    await expect(cache.clear()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      operation: 'clear',
      outcome: 'unknown',
      message: expect.stringContaining('4 of 12 parts'),
    });
    dead.clear();
    // What the dead node holds was not cleared.
    expect((await cache.getMany(KEYS)).filter((value) => value !== undefined).length).toBeGreaterThan(0);
    await cache.clear();
    expect((await cache.getMany(KEYS)).filter((value) => value !== undefined)).toEqual([]);
  });

  test('has the same buckets in every process: where a key is, never changes', () => {
    const { adapter, nodes } = spread(32);
    const cache = createCache({ adapter });
    return cache.set('user:42', 1).then(() => {
      const keys = nodes.flatMap((node) => [...node.keys()]);
      expect(keys.filter((key) => key.includes('}v:'))).toEqual(['{cache#18}v:user:42']);
    });
  });
});

test.each([0, 1.5, 1025, '8'])('buckets of %s are refused', (buckets) => {
  const adapter = { ...spread(1).adapter, buckets: buckets as number };
  expect(() => createCache({ adapter })).toThrow(/buckets must be a whole number from 1 to 1024/);
});
