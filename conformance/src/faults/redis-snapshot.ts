/**
 * Sends one command and answers its reply, strings as bytes. Of ioredis: `client.callBuffer.bind(client)`.
 */
export type RedisCommand = (command: string, ...args: (string | Buffer)[]) => Promise<unknown>;

/** A key as it was; `ttlMs` counted from the snapshot, negative = without end. */
interface Kept {
  readonly key: Buffer;
  readonly dump: Buffer;
  readonly ttlMs: number;
  readonly at: number;
}

/** How many keys the server looks at in one turn of a scan, and how many are read or written at once. */
const PAGE = '1000';

/**
 * A failover's loss without a failover, for Redis and what speaks like it: remembers every key that holds a text, with its
 * life. What it answers puts the server back: later writes are lost, and what was removed or replaced since is there
 * again. Nothing else may use those keys meanwhile: it goes key by key.
 * @param nodes a command to each master
 * @param part of the keys; without glob characters
 */
export async function redisSnapshot(
  nodes: readonly RedisCommand[],
  part: string,
): Promise<() => Promise<void>> {
  const states = await Promise.all(nodes.map((send) => keptOn(send, part)));
  return async () => {
    await Promise.all(nodes.map((send, index) => putBack(send, part, states[index] ?? [])));
  };
}

async function keptOn(send: RedisCommand, part: string): Promise<Kept[]> {
  const keys = await keysOn(send, part);
  const kept = await Promise.all(
    keys.map(async (key): Promise<Kept | undefined> => {
      const [dump, ttl] = await Promise.all([send('DUMP', key), send('PTTL', key)]);
      // Its life may have ended since it was found.
      return dump instanceof Buffer ? { key, dump, ttlMs: Number(ttl), at: Date.now() } : undefined;
    }),
  );
  return kept.filter((each) => each !== undefined);
}

async function putBack(send: RedisCommand, part: string, kept: readonly Kept[]): Promise<void> {
  const keys = await keysOn(send, part);
  await Promise.all(keys.map((key) => send('DEL', key)));
  await Promise.all(
    kept.map(async ({ key, dump, ttlMs, at }) => {
      const left = ttlMs < 0 ? 0 : ttlMs - (Date.now() - at);
      if (ttlMs < 0 || left > 0) await send('RESTORE', key, String(Math.max(0, left)), dump);
    }),
  );
}

async function keysOn(send: RedisCommand, part: string): Promise<Buffer[]> {
  // A scan may answer a key twice.
  const found = new Map<string, Buffer>();
  let cursor = '0';
  do {
    const page = (await send('SCAN', cursor, 'MATCH', `*${part}*`, 'COUNT', PAGE)) as [unknown, Buffer[]];
    cursor = String(page[0]);
    for (const key of page[1]) found.set(key.toString('latin1'), key);
  } while (cursor !== '0');
  return [...found.values()];
}
