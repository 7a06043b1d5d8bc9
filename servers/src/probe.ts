import type { Identity } from './recipe.ts';
import { type Address, converse } from './wire.ts';

/** How to speak to a Redis. */
export interface RedisAddress extends Address {
  readonly username?: string;
  readonly password?: string;
}

const command = (...parts: string[]): string =>
  `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;

/** Asks a Redis or Valkey (a sentinel, too) for its version. */
export function probeRedis(to: RedisAddress, ms: number): Promise<Identity> {
  const auth =
    to.password === undefined
      ? ''
      : to.username === undefined
        ? command('AUTH', to.password)
        : command('AUTH', to.username, to.password);
  return converse(to, auth + command('INFO', 'server'), redisIdentity, ms);
}

function redisIdentity(reply: string): Identity | undefined {
  const refused = /^-(.*)\r\n/m.exec(reply);
  if (refused) throw new Error(`it answered ${refused[1]}`);
  const bulk = /\$(\d+)\r\n/.exec(reply);
  if (!bulk || reply.length < bulk.index + bulk[0].length + Number(bulk[1])) return undefined;
  const valkey = /^valkey_version:(\S+)/m.exec(reply)?.[1];
  const redis = /^redis_version:(\S+)/m.exec(reply)?.[1];
  if (valkey !== undefined) return { product: 'valkey', version: valkey };
  if (redis !== undefined) return { product: 'redis', version: redis };
  throw new Error('its INFO names no version');
}

/** Asks a memcached for its version. */
export function probeMemcached(to: Address, ms: number): Promise<Identity> {
  return converse(to, 'version\r\n', memcachedIdentity, ms);
}

function memcachedIdentity(reply: string): Identity | undefined {
  if (!reply.includes('\r\n')) return undefined;
  const version = /^VERSION (\S+)/.exec(reply)?.[1];
  if (version === undefined) throw new Error(`it answered ${JSON.stringify(reply.slice(0, 80))}`);
  return { product: 'memcached', version };
}
