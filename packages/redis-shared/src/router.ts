import {
  type Call,
  CLOSED,
  type Clock,
  type ConnectionEvent,
  failed,
  type Outcome,
  ok,
  refusalOf,
} from '@cache/core';
import { ClusterScan } from './cluster-scan.ts';
import { Errand } from './errand.ts';
import { failureOf } from './failure.ts';
import type { RedisArgument, RedisCommand, RedisLink, RedisReply } from './link.ts';
import { type Part, partsOf } from './parts.ts';
import { answered } from './ready.ts';
import type { RedisNodes } from './redis-nodes.ts';
import { type Answer, type Route, type ScanStep, type Told, toldBy } from './route.ts';
import { tell } from './session.ts';
import { SlotMap } from './slot-map.ts';
import type { Topology } from './topology.ts';
import { Traffic } from './traffic.ts';

/** A route to a cluster: takes calls apart by slots, and puts the answers together. */
export class Router implements Route {
  readonly #clock: Clock;
  readonly #traffic: Traffic;
  readonly #scan: ClusterScan;
  readonly #errands: Set<Errand> = new Set();
  readonly #listeners: Set<(event: ConnectionEvent) => void> = new Set();
  readonly #watchers: Set<() => void> = new Set();
  #orders = 0;
  #closing: Promise<void> | undefined;

  constructor(nodes: RedisNodes, clock: Clock) {
    this.#clock = clock;
    this.#traffic = new Traffic(nodes, clock, {
      heard: (event) => this.tell(event),
      mapped: () => {
        for (const watcher of this.#watchers) watcher();
      },
    });
    this.#scan = new ClusterScan({
      map: (call) => this.#map(call),
      ask: (slots, command, call) => this.#ask(slots, command, call),
    });
  }

  get topology(): Topology {
    return this.#traffic.topology;
  }

  run(commands: readonly RedisCommand[], call: Call, effect: boolean): Promise<Answer> {
    return this.#carry(commands.length, call, effect, (settle) =>
      commands.flatMap((command, index) => partsOf(command, (reply) => settle(index, reply))),
    );
  }

  scan(cursor: string | undefined, how: readonly RedisArgument[], call: Call): Promise<Outcome<ScanStep>> {
    return this.#scan.step(cursor, how, call);
  }

  async everywhere(command: RedisCommand, call: Call): Promise<Outcome<Told>[]> {
    const map = await this.#map(call);
    if (!map.ok) return [map];
    const slots = map.value.masters().map(({ slot }) => slot);
    const answer = await this.#ask(slots, command, call);
    const { topology } = this.#traffic;
    return toldBy(
      slots.map((slot) => topology.ownerOf(slot)?.link.endpoint ?? ''),
      answer,
    );
  }

  /** Resolves once every master takes commands. */
  ready(call: Call): Promise<void> {
    return answered(
      (listener) => this.on(listener),
      call,
      this.#clock,
      async (inTime) => {
        const map = await this.#map(inTime);
        if (!map.ok) return { failure: map.error };
        const slots = map.value.masters().map(({ slot }) => slot);
        return await this.#ask(slots, ['PING'], inTime);
      },
    );
  }

  on(listener: (event: ConnectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: ConnectionEvent): void {
    for (const listener of this.#listeners) tell(listener, event);
  }

  masters(): readonly RedisLink[] {
    return this.#traffic.topology.masters();
  }

  watch(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** Settles what waits, lets what is under way end by its deadlines, and closes all connections. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const errands = [...this.#errands];
    const closed = this.#traffic.close();
    for (const errand of errands) errand.fail(CLOSED);
    await Promise.all(errands.map(({ done }) => done));
    this.#listeners.clear();
    await closed;
  }

  /** The map as a node has it now. */
  async #map(call: Call): Promise<Outcome<SlotMap>> {
    const { topology } = this.#traffic;
    const slot = topology.map?.masters()[0]?.slot ?? 0;
    const answer = await this.#ask([slot], ['CLUSTER', 'SLOTS'], call);
    if ('failure' in answer) return failed(answer.failure);
    const [reply] = answer.replies;
    if (reply instanceof Error) return failed(failureOf(reply, false));
    const node = topology.ownerOf(slot);
    const map = node && SlotMap.from(reply, node.address);
    if (node === undefined || map === undefined)
      return failed(failureOf(new Error('the node knows no slots'), false));
    topology.take(map, node);
    return ok(map);
  }

  /** Sends a command that has no key to the node of each slot. */
  #ask(slots: readonly number[], command: RedisCommand, call: Call): Promise<Answer> {
    return this.#carry(slots.length, call, false, (settle) =>
      slots.map((slot, index) => ({ command, slot, keys: [], settle: (reply) => settle(index, reply) })),
    );
  }

  /** @param take gives the parts, which settle one of so many replies each */
  async #carry(
    count: number,
    call: Call,
    effect: boolean,
    take: (settle: (index: number, reply: RedisReply) => void) => readonly Part[],
  ): Promise<Answer> {
    const refusal = refusalOf(call, this.#clock, this.#closing !== undefined);
    if (refusal !== undefined) return { failure: refusal };
    const replies = new Array<RedisReply>(count);
    const parts = take((index, reply) => {
      replies[index] = reply;
    });
    if (parts.length === 0) return { replies };
    const errand = new Errand(call, effect, this.#clock, this.#traffic);
    this.#errands.add(errand);
    const parcels = parts.map((part) => {
      this.#orders += 1;
      return errand.parcel(part, this.#orders);
    });
    this.#traffic.dispatch(parcels);
    await errand.done;
    this.#errands.delete(errand);
    return { replies };
  }
}
