import { type ConnectSettings, KEEP_ALIVE_MS } from '@cache/core';
import type { RedisReplica, RedisServer } from '@cache/redis-shared';
import { Redis } from 'ioredis';
import { guardedOptions, type IoredisClient, sentinelOptions, sentinelReplicaOptions } from './client.ts';
import { IoredisLink } from './link.ts';

/** Makes links, all guarded alike. */
export class Connector {
  readonly #settings: ConnectSettings;

  constructor(settings: ConnectSettings) {
    this.#settings = settings;
  }

  /** To where a caller's client leads, with its options. */
  like(client: IoredisClient): IoredisLink {
    const watched = client.options?.sentinels ? sentinelOptions(this.#settings) : {};
    return this.#over(client.duplicate({ ...guardedOptions(this.#settings), ...watched }));
  }

  /** The same to one of its replicas. */
  likeAt(client: IoredisClient, { host, port, username, password, tls }: RedisReplica): IoredisLink {
    const login = password === undefined ? {} : { username, password };
    const there = { host, port, path: undefined, ...login, ...(tls !== undefined && { tls }) };
    return this.#over(client.duplicate({ ...guardedOptions(this.#settings), ...there }));
  }

  /** To a replica of the master that a caller's client asks sentinels for. */
  replicaLike(client: IoredisClient): IoredisLink {
    const settings = this.#settings;
    return this.#over(client.duplicate({ ...guardedOptions(settings), ...sentinelReplicaOptions(settings) }));
  }

  /** With a driver's options. */
  by(options: object): IoredisLink {
    return this.#over(new Redis({ ...options, ...guardedOptions(this.#settings) }));
  }

  toServer({ database: db, clientName: connectionName, ...server }: RedisServer): IoredisLink {
    const given = Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined));
    return this.by({ keepAlive: KEEP_ALIVE_MS, ...given, db, connectionName });
  }

  #over(client: IoredisClient): IoredisLink {
    return new IoredisLink(client, this.#settings);
  }
}
