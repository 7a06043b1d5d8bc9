import { CacheError, type Clock, type ConnectOptions, connectSettings, systemClock } from '@cache/core';
import { type RedisAdapter, type RedisServerOptions, redisAdapter, redisServer } from '@cache/redis-shared';
import type { NodeRedisClient, NodeRedisPool, NodeRedisSentinel } from './client.ts';
import { NodeRedisLink } from './link.ts';
import { fromClient, fromPool, fromSentinel, fromServer, type Source } from './source.ts';

interface CommonOptions extends ConnectOptions {
  /** Stands before every key, taken literally. Default: the client's `keyPrefix`, or none. */
  readonly prefix?: string;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Over the caller's client, pool or sentinel: its connection is duplicated, and it is never closed by us. */
export interface NodeRedisClientOptions extends CommonOptions {
  readonly client: NodeRedisClient | NodeRedisPool | NodeRedisSentinel;
}

/** Over a connection of our own. */
export interface NodeRedisServerOptions extends CommonOptions, RedisServerOptions {}

export type NodeRedisAdapterOptions = NodeRedisClientOptions | NodeRedisServerOptions;

/** The adapter over node-redis. */
export type NodeRedisAdapter = RedisAdapter<'node-redis'>;

/**
 * Keeps entries on a Redis server, over node-redis. It connects by itself, now and whenever the connection is lost.
 * @throws CacheError `INVALID_OPTION`, `UNSUPPORTED` for a cluster
 */
export function nodeRedisAdapter(options: NodeRedisAdapterOptions): NodeRedisAdapter {
  const { clock = systemClock } = options;
  const settings = connectSettings(options, 'nodeRedisAdapter');
  const source =
    'client' in options ? sourceOf(options.client) : fromServer(redisServer(options, 'nodeRedisAdapter'));
  const prefix = options.prefix ?? ('client' in options ? keyPrefixOf(options.client) : '');
  return redisAdapter({
    name: 'node-redis',
    link: new NodeRedisLink(source, settings),
    prefix,
    clock,
  });
}

function sourceOf(client: NodeRedisClientOptions['client']): Source {
  if (has(client, 'nodeClient')) {
    throw new CacheError(
      'UNSUPPORTED',
      'nodeRedisAdapter: clusters are not supported yet; give a client, a pool or a sentinel',
    );
  }
  if (has(client, 'getMasterNode')) return fromSentinel(client as NodeRedisSentinel);
  if (has(client, 'execute')) return fromPool(client as NodeRedisPool);
  if (has(client, 'duplicate') && has(client, 'sendCommand')) return fromClient(client as NodeRedisClient);
  throw new CacheError('INVALID_OPTION', 'nodeRedisAdapter: client must be of createClient or the like');
}

function has(client: unknown, method: string): boolean {
  return typeof client === 'object' && client !== null && typeof Reflect.get(client, method) === 'function';
}

function keyPrefixOf(client: NodeRedisClientOptions['client']): string {
  const prefix = '_keyPrefix' in client ? client._keyPrefix : (client as NodeRedisClient).options.keyPrefix;
  const text = (prefix ?? '').toString();
  if (Buffer.isBuffer(prefix) && !Buffer.from(text).equals(prefix)) {
    throw new CacheError('INVALID_OPTION', "nodeRedisAdapter: the client's keyPrefix must be text");
  }
  return text;
}
