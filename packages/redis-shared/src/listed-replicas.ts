import type { Clock, ConnectionEvent } from '@cache/core';
import type { RedisCommand, RedisLink, RedisReply } from './link.ts';
import type { Part } from './parts.ts';
import { Replica } from './replica.ts';
import type { ReplicaSource } from './replica-source.ts';

/** The replicas of one server, each of which has everything. */
export class ListedReplicas implements ReplicaSource {
  readonly #all: readonly Replica[];

  constructor(links: readonly RedisLink[], clock: Clock, heard: (event: ConnectionEvent) => void) {
    this.#all = links.map((link) => new Replica(link, clock, heard));
  }

  parts(command: RedisCommand, settle: (reply: RedisReply) => void): Part[] {
    return [{ command, slot: 0, keys: command.slice(1), settle }];
  }

  of(): readonly Replica[] {
    return this.#all;
  }

  failed(): void {
    // Who they are was given.
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((replica) => replica.close()));
  }
}
