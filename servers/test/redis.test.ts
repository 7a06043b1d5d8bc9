import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startRedis } from '../src/index.ts';
import { until } from '../src/until.ts';
import { alive, ask, own, say } from './talk.ts';

describe('a redis', { timeout: 90_000 }, () => {
  test('answers, and says what it is', async () => {
    const server = await own(startRedis());
    expect(await say(server, 'PING')).toBe('+PONG');
    expect(server.kind).toBe('redis');
    expect(server.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(server.url).toMatch(/^rediss?:\/\//);
  });

  test('frozen does not answer, thawed does', async () => {
    const server = await own(startRedis({ controllable: true }));
    await server.freeze();
    await expect(say(server, 'PING', 300)).rejects.toThrow('did not answer');
    await server.thaw();
    expect(await say(server, 'PING')).toBe('+PONG');
  });

  test('killed refuses, restarted answers on the same port and is empty', async () => {
    const server = await own(startRedis({ controllable: true }));
    const { port } = server;
    expect(await say(server, 'SET k v')).toBe('+OK');
    await server.kill();
    await expect(say(server, 'PING')).rejects.toThrow(/ECONNREFUSED|closed|ECONNRESET/);
    await server.restart();
    expect(server.port).toBe(port);
    expect(await say(server, 'GET k')).toBe('$-1');
  });

  test('frozen can be killed and restarted', async () => {
    const server = await own(startRedis({ controllable: true }));
    await server.freeze();
    await server.kill();
    await server.kill();
    await server.restart();
    expect(await say(server, 'PING')).toBe('+PONG');
  });

  test('keeps its port from everybody else while it is dead', async () => {
    const server = await own(startRedis({ controllable: true }));
    await server.kill();
    const others = await Promise.all(Array.from({ length: 8 }, () => startRedis({ controllable: true })));
    const ports = others.map((other) => other.port);
    await Promise.all(others.map((other) => other.close()));
    expect(new Set([...ports, server.port]).size).toBe(9);
    await server.restart();
    expect(await say(server, 'PING')).toBe('+PONG');
  });

  test('closed leaves no process and no folder', async () => {
    const server = await own(startRedis({ controllable: true }));
    const pid = Number(await ask(server, 'INFO server', 'process_id'));
    const dir = await ask(server, 'CONFIG GET dir', 'dir');
    const local = server.source !== 'container';
    if (local) expect([alive(pid), existsSync(dir)]).toEqual([true, true]);
    await server.freeze();
    await server.close();
    await server.close();
    if (local) expect([alive(pid), existsSync(dir), existsSync(dirname(dir))]).toEqual([false, false, true]);
    await expect(say(server, 'PING')).rejects.toThrow('ECONNREFUSED');
    await expect(server.restart()).rejects.toThrow('closed');
  });

  test('asks for a password', async () => {
    const password = 'p "\\ä@#s';
    const server = await own(startRedis({ password }));
    expect(await say(server, 'PING')).toMatch(/^-NOAUTH/);
    expect(decodeURIComponent(new URL(server.url).password)).toBe(password);
  });

  test('asks for a name and a password', async () => {
    const server = await own(startRedis({ username: 'ann', password: 'secret' }));
    expect(await say(server, 'PING')).toMatch(/^-NOAUTH/);
    expect(await say(server, 'AUTH ann secret')).toBe('+OK');
    expect(await say(server, 'AUTH ann wrong')).toMatch(/^-WRONGPASS/);
    expect(server.url).toContain('redis://ann:secret@');
    await expect(startRedis({ username: 'ann' })).rejects.toThrow(TypeError);
  });

  test('speaks TLS with a certificate that can be verified, and nothing else', async () => {
    const server = await own(startRedis({ tls: true }));
    expect(server.url).toMatch(/^rediss:/);
    expect(await say(server, 'PING')).toBe('+PONG');
    const { host, port } = server;
    await expect(say({ ...server, host, port, tls: { ca: '' } }, 'PING')).rejects.toThrow(/self-signed/);
    await server.restart();
    expect(await say(server, 'PING')).toBe('+PONG');
  });

  test('takes databases, configuration and arguments', async () => {
    const config = { maxmemory: '20mb', 'maxmemory-policy': 'allkeys-lru' };
    const server = await own(startRedis({ databases: 3, config, args: ['--maxclients', '50'] }));
    expect(await ask(server, 'CONFIG GET databases', 'databases')).toBe('3');
    expect(await ask(server, 'CONFIG GET maxmemory', 'maxmemory')).toBe('20971520');
    expect(await ask(server, 'CONFIG GET maxclients', 'maxclients')).toBe('50');
  });

  test('that cannot start says what it printed', async () => {
    await expect(startRedis({ config: { nonsense: '1' } })).rejects.toThrow(/nonsense/);
  });

  test('keeps a bounded log', async () => {
    const server = await own(startRedis({ controllable: true }));
    expect(await until(() => server.log().includes('Ready to accept') || undefined, 2000)).toBe(true);
    expect(server.log().length).toBeLessThan(10_000);
  });
});
