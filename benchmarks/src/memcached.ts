import { memcachedAdapter } from '@cache/memcached';
import { startMemcached } from '@cache/servers';
import { Client } from 'memjs';
import { type Contest, type Contestant, TTL_MS } from './contestant.ts';
import { ours } from './ours.ts';

export async function memcachedContest(): Promise<Contest> {
  const server = await startMemcached();
  const own = await ours(memcachedAdapter({ url: server.url }));
  const raw = rawMemjs(Client.create(`${server.host}:${server.port}`));
  const aims = {
    '1 in flight': { get: 0.9, set: 0.9 },
    '64 in flight': { get: 1.4, set: 1.4 },
    '512 in flight': { get: 1.4, set: 1.4 },
    '100 in one turn': { get: 1.4, set: 1.4 },
  };
  return {
    subject: 'memcached',
    ours: own,
    rivals: [{ contestant: raw, aims }],
    async close() {
      await Promise.all([own.close(), raw.close()]);
      await server.close();
    },
  };
}

function rawMemjs(client: Client): Contestant {
  return {
    name: 'memjs by hand',
    async get(key) {
      const { value } = await client.get(key);
      return value === null ? undefined : JSON.parse(value.toString());
    },
    set: (key, value) => client.set(key, JSON.stringify(value), { expires: TTL_MS / 1000 }),
    close: async () => client.close(),
  };
}
