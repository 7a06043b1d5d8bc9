import { ioredisAdapter } from '@cache/ioredis';
import { startRedis } from '@cache/servers';
import { Redis } from 'ioredis';
import { type Contest, type Contestant, TTL_MS } from './contestant.ts';
import { ours } from './ours.ts';

export async function ioredisContest(): Promise<Contest> {
  const server = await startRedis();
  const own = await ours(ioredisAdapter({ url: server.url }));
  const raw = rawIoredis(new Redis(server.url));
  const aims = {
    '1 in flight': { get: 0.9, set: 0.9 },
    '64 in flight': { get: 2, set: 2 },
    '512 in flight': { get: 1.8, set: 1.8 },
    '100 in one turn': { get: 2, set: 2 },
  };
  return {
    subject: 'ioredis',
    ours: own,
    rivals: [{ contestant: raw, aims }],
    async close() {
      await Promise.all([own.close(), raw.close()]);
      await server.close();
    },
  };
}

function rawIoredis(client: Redis): Contestant {
  return {
    name: 'ioredis by hand',
    async get(key) {
      const text = await client.get(key);
      return text === null ? undefined : JSON.parse(text);
    },
    set: (key, value) => client.set(key, JSON.stringify(value), 'PX', TTL_MS),
    close: () => client.quit(),
  };
}
