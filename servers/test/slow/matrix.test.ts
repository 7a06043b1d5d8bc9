import { describe, expect, onTestFinished, test } from 'vitest';
import { type Server, startRedisCluster, startRedisSentinel } from '../../src/index.ts';
import { RELEASES } from '../../src/release.ts';
import { ask } from '../../src/resp.ts';

/** Each that has clusters and sentinels. */
const releases = RELEASES.flatMap(({ product, version }) =>
  product === 'memcached' ? [] : [{ product, version }],
);

/** Asked of the servers themselves, since those of one cluster might be different. */
async function identities(servers: readonly Server[]): Promise<string[]> {
  const infos = await Promise.all(servers.map((server) => ask(server, 'INFO', 'server')));
  const field = (info: unknown, name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(String(info))?.[1];
  return infos.map((info) => {
    const valkey = field(info, 'valkey_version');
    return valkey ? `valkey ${valkey}` : `redis ${field(info, 'redis_version')}`;
  });
}

describe.each(releases)('$product $version', { timeout: 90_000 }, ({ product, version }) => {
  test('makes a cluster', async () => {
    const cluster = await startRedisCluster({ product, version });
    onTestFinished(() => cluster.close());
    for (const name of await identities(cluster.nodes)) expect(name).toMatch(`${product} ${version}.`);
    const slot = await cluster.slotOf('k');
    const owner = await cluster.ownerOf(slot);
    expect(await ask(owner, 'SET', 'k', 'v')).toBe('OK');
    const [other] = (await cluster.masters()).filter((node) => node !== owner);
    if (other === undefined) throw new Error('there is no other master');
    await cluster.moveSlot(slot, owner, other);
    expect(await ask(other, 'GET', 'k')).toBe('v');
  });

  test('fails over under sentinels', async () => {
    const redis = await startRedisSentinel({ product, version });
    onTestFinished(() => redis.close());
    const all = [...redis.nodes, ...redis.sentinels];
    for (const name of await identities(all)) expect(name).toMatch(`${product} ${version}.`);
    await (await redis.master()).kill();
    const after = await redis.newMaster(redis.nodes[0] as Server);
    expect(await ask(after, 'SET', 'k', 'v')).toBe('OK');
  });
});
