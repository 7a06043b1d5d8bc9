import { nodeRedisAdapter } from '@cache/node-redis';
import { startRedis } from '@cache/servers';
import { createClient } from 'redis';
import { type Contest, type Contestant, TTL_MS } from './contestant.ts';
import { ours } from './ours.ts';

const AIMS = {
  '1 in flight': { get: 0.9, set: 0.9 },
  '64 in flight': { get: 1.4, set: 1.4 },
  '512 in flight': { get: 1.4, set: 1.4 },
  '100 in one turn': { get: 1.4, set: 1.4 },
};

/** Against the driver as it comes, and without its timeout of each command, which costs more than the command. */
export async function nodeRedisContest(): Promise<Contest> {
  const server = await startRedis();
  const own = await ours(nodeRedisAdapter({ url: server.url }));
  const rivals = [
    await rawNodeRedis('node-redis by hand', createClient({ url: server.url })),
    await rawNodeRedis(
      'node-redis, timeout: 0',
      createClient({ url: server.url, commandOptions: { timeout: 0 } }),
    ),
  ];
  return {
    subject: 'node-redis',
    ours: own,
    rivals: rivals.map((contestant) => ({ contestant, aims: AIMS })),
    async close() {
      await Promise.all([own, ...rivals].map((each) => each.close()));
      await server.close();
    },
  };
}

async function rawNodeRedis(name: string, client: ReturnType<typeof createClient>): Promise<Contestant> {
  await client.connect();
  return {
    name,
    async get(key) {
      const text = await client.get(key);
      return text === null ? undefined : JSON.parse(String(text));
    },
    set: (key, value) =>
      client.set(key, JSON.stringify(value), { expiration: { type: 'PX', value: TTL_MS } }),
    close: () => client.close(),
  };
}
