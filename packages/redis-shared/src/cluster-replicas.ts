import type { Clock, ConnectionEvent } from '@cache/core';
import { addressText } from './address.ts';
import type { RedisCommand, RedisReply } from './link.ts';
import { type Part, partsOf } from './parts.ts';
import { ReadonlyLink } from './readonly-link.ts';
import type { RedisNodes } from './redis-nodes.ts';
import { Replica } from './replica.ts';
import type { ReplicaSource } from './replica-source.ts';
import type { SlotMap } from './slot-map.ts';
import type { Topology } from './topology.ts';

/** How old a map may be before calls have it asked for again, ms: nobody tells of a replica that was added. */
const MAP_SERVES_MS = 10_000;

/** The same where a master has none: a cluster names those that have followed for a moment, and none after a failover. */
const POOR_MAP_SERVES_MS = 2000;

/** The replicas of a cluster, as its map names them. */
export class ClusterReplicas implements ReplicaSource {
  readonly #nodes: RedisNodes;
  readonly #topology: Topology;
  readonly #clock: Clock;
  readonly #heard: (event: ConnectionEvent) => void;
  readonly #replicas: Map<string, Replica> = new Map();
  readonly #leaving: Set<Promise<void>> = new Set();
  #map: SlotMap | undefined;
  #servesMs = MAP_SERVES_MS;
  #askAt = 0;
  #closed = false;

  constructor(nodes: RedisNodes, topology: Topology, clock: Clock, heard: (event: ConnectionEvent) => void) {
    this.#nodes = nodes;
    this.#topology = topology;
    this.#clock = clock;
    this.#heard = heard;
  }

  parts(command: RedisCommand, settle: (reply: RedisReply) => void): Part[] {
    return partsOf(command, settle);
  }

  of({ slot }: Part): readonly Replica[] {
    const { map } = this.#topology;
    if (map === undefined || this.#closed) return [];
    const now = this.#clock.monotonic();
    if (map !== this.#map) {
      this.#take(map);
      const isPoor = map.masters().some((master) => map.replicasOf(master.slot).length === 0);
      this.#servesMs = isPoor ? POOR_MAP_SERVES_MS : MAP_SERVES_MS;
      this.#askAt = now + this.#servesMs;
    } else if (now >= this.#askAt) {
      this.#askAt = now + this.#servesMs;
      this.#topology.refresh();
    }
    return map.replicasOf(slot).flatMap((address) => this.#replicas.get(addressText(address)) ?? []);
  }

  failed(): void {
    this.#topology.refresh();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const name of [...this.#replicas.keys()]) this.#retire(name);
    await Promise.all(this.#leaving);
  }

  /** Connects to those that a map names, and parts with those that it does not. */
  #take(map: SlotMap): void {
    this.#map = map;
    const named = new Map(map.replicas().map((address) => [addressText(address), address]));
    for (const name of [...this.#replicas.keys()]) if (!named.has(name)) this.#retire(name);
    for (const [name, address] of named) {
      if (this.#replicas.has(name)) continue;
      const link = new ReadonlyLink(this.#nodes.link(address));
      this.#replicas.set(name, new Replica(link, this.#clock, this.#heard));
    }
  }

  #retire(name: string): void {
    const left = this.#replicas.get(name)?.close();
    this.#replicas.delete(name);
    if (left === undefined) return;
    this.#leaving.add(left);
    void left.then(() => this.#leaving.delete(left));
  }
}
