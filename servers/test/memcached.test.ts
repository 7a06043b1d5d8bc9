import { describe, expect, test } from 'vitest';
import { startMemcached } from '../src/index.ts';
import { own, say } from './talk.ts';

describe('a memcached', { timeout: 90_000 }, () => {
  test('answers, and says what it is', async () => {
    const server = await own(startMemcached());
    expect(await say(server, 'version')).toBe(`VERSION ${server.version}`);
    expect(server.product).toBe('memcached');
  });

  test('can be frozen, killed and restarted', async () => {
    const server = await own(startMemcached({ memory: 16 }));
    expect(await say(server, 'set k 0 0 1\r\nv')).toBe('STORED');
    await server.freeze();
    await expect(say(server, 'get k', 300)).rejects.toThrow('did not answer');
    await server.thaw();
    expect(await say(server, 'get k')).toBe('VALUE k 0 1');
    await server.kill();
    await expect(say(server, 'get k')).rejects.toThrow(/ECONNREFUSED|closed|ECONNRESET/);
    await server.restart();
    expect(await say(server, 'get k')).toBe('END');
  });

  test('that cannot start says what it printed', async () => {
    await expect(startMemcached({ args: ['--nonsense'] })).rejects.toThrow(/nonsense/);
  });
});
