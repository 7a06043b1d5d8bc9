import type { ConnectionOptions } from 'node:tls';
import { CacheError } from '@cache/core';
import { type RedisServer, redisServer } from './server.ts';

/** A replica of a server. What is left out is as the server has it. */
export interface RedisReplicaOptions {
  /** `redis://user:password@host:port`; the database is the server's. */
  readonly url: string;
  /** Instead of the URL's. */
  readonly username?: string;
  /** Instead of the URL's. */
  readonly password?: string;
  /** As of `tls.connect`. */
  readonly tls?: ConnectionOptions;
}

/** The same, checked: what is undefined is as the server has it. */
export interface RedisReplica {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: ConnectionOptions | undefined;
}

/** The option of an adapter, as it was given. */
export interface ReplicasAsked {
  readonly replicas: unknown;
  readonly adapter: string;
}

/**
 * The replicas of one server.
 * @param database the server's
 * @throws CacheError `INVALID_OPTION`
 */
export function listedReplicas({ replicas, adapter }: ReplicasAsked, database: number): RedisReplica[] {
  if (replicas === undefined || replicas === false) return [];
  const refuse = (problem: string): CacheError => new CacheError('INVALID_OPTION', `${adapter}: ${problem}`);
  if (!Array.isArray(replicas)) {
    throw refuse(
      'replicas of one server must be a list, such as [{ url }]: true is for clusters and sentinels',
    );
  }
  return replicas.map((replica: unknown) => {
    if (typeof replica !== 'object' || replica === null)
      throw refuse('each of replicas must be like { url }');
    const { url, username, password, tls } = replica as RedisReplicaOptions;
    const login = {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    };
    const there = redisServer({ url, ...login, ...(tls !== undefined && { tls }) }, `${adapter}: replicas`);
    if (there.database !== 0 && there.database !== database) {
      throw refuse(
        `replicas are read in the database of the server, ${database}: end their url without a number`,
      );
    }
    return there;
  });
}

/**
 * Whether replicas are read that others name.
 * @param who these others
 * @throws CacheError `INVALID_OPTION`
 */
export function namedReplicas({ replicas, adapter }: ReplicasAsked, who: 'a cluster' | 'sentinels'): boolean {
  if (replicas === undefined || replicas === false) return false;
  if (replicas === true) return true;
  const verb = who === 'sentinels' ? 'name' : 'names';
  const message = `${adapter}: replicas must be true or left out: ${who} ${verb} them`;
  throw new CacheError('INVALID_OPTION', message);
}

/** A replica with all that it shares with its server. */
export function replicaOf(
  server: RedisServer,
  { host, port, username, password, tls }: RedisReplica,
): RedisServer {
  const login = password === undefined ? {} : { username, password };
  return { ...server, host, port, ...login, tls: tlsOf(server.tls, tls) };
}

function tlsOf(
  server: ConnectionOptions | undefined,
  own: ConnectionOptions | undefined,
): ConnectionOptions | undefined {
  // What a URL alone has asked for has no options of its own.
  const isBare = own !== undefined && Object.keys(own).length === 0;
  return isBare ? (server ?? own) : (own ?? server);
}
