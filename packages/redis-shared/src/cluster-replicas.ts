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

/** The replicas of a cluster, as its map names them. */
export class ClusterReplicas implements ReplicaSource {
  readonly #nodes: RedisNodes;
  readonly #topology: Topology;
  readonly #clock: Clock;
  readonly #heard: (event: ConnectionEvent) => void;
  readonly #replicas: Map<string, Replica> = new Map();
  readonly #leaving: Set<Promise<void>> = new Set();
  #map: SlotMap | undefined;
  #mapServesUntil = 0;
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
      this.#mapServesUntil = now + MAP_SERVES_MS;
    } else if (now >= this.#mapServesUntil) {
      this.#mapServesUntil = now + MAP_SERVES_MS;
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
