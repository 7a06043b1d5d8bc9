import { CLOSED, type Clock, type Failure } from '@cache/core';
import type { Depot, Parcel } from './errand.ts';
import { Lane } from './lane.ts';
import { LinkFailure, type RedisCommand, type RedisReply } from './link.ts';
import type { Node } from './nodes.ts';
import { singles } from './parts.ts';
import { type Redirect, redirectOf } from './redirect.ts';
import type { RedisNodes } from './redis-nodes.ts';
import { RouteFailure } from './route-failure.ts';
import { WITHDRAWN } from './session.ts';
import { Topology, type TopologyListener } from './topology.ts';

/** How often a command is sent on before it fails. */
const MAX_HOPS = 5;

const ASKING: RedisCommand = ['ASKING'];

/**
 * Brings parcels to the nodes that have their slots, and keeps the order of each slot. Only what was certainly not
 * carried out is sent again: what a node has redirected, or what was never handed over.
 */
export class Traffic implements Depot {
  readonly topology: Topology;
  readonly #lanes: Map<number, Lane> = new Map();
  /** Lanes that go on when the map has been asked for again. */
  readonly #pausing: Set<Lane> = new Set();
  #closed = false;

  constructor(nodes: RedisNodes, clock: Clock, told: Pick<TopologyListener, 'heard' | 'mapped'>) {
    this.topology = new Topology(nodes, clock, {
      ...told,
      leaving: (leaving) => this.#stopLanesTo(leaving),
      refreshed: () => this.#resume(),
      waits: () => this.#pausing.size > 0,
    });
  }

  get cause(): unknown {
    return this.topology.cause;
  }

  /** Sends parcels of one errand each to its node, or lets it wait for its slot. */
  dispatch(parcels: readonly Parcel[]): void {
    const byNode = new Map<Node, Parcel[]>();
    for (const parcel of parcels) {
      const lane = this.#laneOf(parcel);
      const node = this.topology.ownerOf(parcel.slot);
      if (node === undefined) this.#pause(lane);
      if (node === undefined || !lane.isFree(node)) {
        lane.hold(parcel);
        parcel.errand.wait(parcel);
        continue;
      }
      lane.leave(parcel, node);
      const batch = byNode.get(node);
      if (batch === undefined) byNode.set(node, [parcel]);
      else batch.push(parcel);
    }
    for (const [node, batch] of byNode) void this.#ship(node, batch);
  }

  recall(parcel: Parcel): void {
    const lane = this.#laneOf(parcel);
    lane.remove(parcel);
    this.#advance(lane);
  }

  /** Nothing is sent again from now on. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.topology.close();
  }

  #laneOf({ slot }: Parcel): Lane {
    const known = this.#lanes.get(slot);
    if (known !== undefined) return known;
    const lane = new Lane();
    this.#lanes.set(slot, lane);
    return lane;
  }

  /** Hands parcels of one errand to a node, and deals with what comes back. */
  async #ship(node: Node, batch: readonly Parcel[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const commands: RedisCommand[] = [];
    const places = batch.map((parcel) => {
      if (parcel.ask !== undefined) commands.push(ASKING);
      parcel.ask = undefined;
      return commands.push(parcel.command) - 1;
    });
    const { call, effect } = first.errand;
    const answer = await node.session.run(commands, call, effect);
    for (const [index, parcel] of batch.entries()) {
      if ('failure' in answer) this.#failed(parcel, answer.failure);
      else this.#replied(parcel, answer.replies[places[index] ?? 0], node);
    }
    for (const lane of new Set(batch.map((parcel) => this.#laneOf(parcel)))) this.#advance(lane);
  }

  #failed(parcel: Parcel, failure: Failure): void {
    // Never handed over: the node has lost the slot, or was parted with.
    if (failure === WITHDRAWN || failure.code === 'CLOSED') {
      this.#sendBack(parcel);
      return;
    }
    if (failure.code === 'TIMEOUT') this.topology.refresh();
    this.#settle(parcel, new RouteFailure(failure), failure.outcome === 'unknown');
  }

  #replied(parcel: Parcel, reply: RedisReply, node: Node): void {
    const redirect = redirectOf(reply, node.address);
    if (redirect === undefined) {
      const done = !(reply instanceof Error) || reply instanceof LinkFailure;
      this.#settle(parcel, reply, done);
      return;
    }
    parcel.refusal = reply instanceof Error ? reply : undefined;
    this.#follow(parcel, redirect);
  }

  #follow(parcel: Parcel, redirect: Redirect): void {
    let again = [parcel];
    switch (redirect.kind) {
      case 'moved':
        this.topology.moved(parcel.slot, redirect.to);
        parcel.hops += 1;
        break;
      case 'ask':
        parcel.ask = redirect.to;
        parcel.hops += 1;
        break;
      case 'split':
        if (parcel.keys.length > 1) again = singles(parcel).map((part) => ({ ...parcel, ...part }));
        else this.#pause(this.#laneOf(parcel));
        break;
      case 'wait':
        this.#pause(this.#laneOf(parcel));
    }
    if (parcel.hops > MAX_HOPS && parcel.refusal) this.#settle(parcel, parcel.refusal, false);
    else this.#sendBack(parcel, again);
  }

  /** A parcel, or what it was taken apart into, waits for its turn to be sent again. */
  #sendBack(parcel: Parcel, again: readonly Parcel[] = [parcel]): void {
    const lane = this.#laneOf(parcel);
    if (this.#closed) this.#settle(parcel, new RouteFailure(CLOSED), false);
    else if (!lane.returned(parcel)) parcel.settle(new RouteFailure(OVERTAKEN));
    else {
      for (const one of again) {
        lane.again(one);
        one.errand.wait(one);
      }
    }
  }

  /** @param done whether it has taken effect, or may have */
  #settle(parcel: Parcel, reply: RedisReply, done: boolean): void {
    for (const earlier of this.#laneOf(parcel).answered(parcel, done)) {
      earlier.errand.goOn(earlier);
      earlier.settle(new RouteFailure(OVERTAKEN));
    }
    parcel.settle(reply);
  }

  /** Lets a lane go on as far as it can: first what came back, then, when that is through, what was held. */
  #advance(lane: Lane): void {
    if (!lane.isDue || this.#pausing.has(lane)) return;
    const { first } = lane;
    if (first === undefined) {
      const held = lane.takeHeld();
      for (const parcel of held) parcel.errand.goOn(parcel);
      for (const group of byErrand(held)) this.dispatch(group);
      return;
    }
    const node = this.#nextOf(first);
    if (node === undefined) {
      this.#pause(lane);
      return;
    }
    const batch = lane.takeBack((parcel) => this.#nextOf(parcel) === node);
    for (const parcel of batch) {
      parcel.errand.goOn(parcel);
      lane.leave(parcel, node);
    }
    for (const group of byErrand(batch)) void this.#ship(node, group);
  }

  #nextOf({ ask, slot }: Parcel): Node | undefined {
    return ask === undefined ? this.topology.ownerOf(slot) : this.topology.nodeAt(ask);
  }

  #pause(lane: Lane): void {
    this.#pausing.add(lane);
    this.topology.refresh();
  }

  #resume(): void {
    const lanes = [...this.#pausing];
    this.#pausing.clear();
    for (const lane of lanes) this.#advance(lane);
  }

  #stopLanesTo(nodes: readonly Node[]): void {
    if (nodes.length === 0) return;
    for (const lane of this.#lanes.values()) if (nodes.some((node) => lane.isOutAt(node))) lane.stop();
  }
}

/** Runs of parcels that belong to one errand, in order. */
function byErrand(parcels: readonly Parcel[]): Parcel[][] {
  const groups: Parcel[][] = [];
  for (const parcel of parcels) {
    const last = groups.at(-1);
    if (last?.[0]?.errand === parcel.errand) last.push(parcel);
    else groups.push([parcel]);
  }
  return groups;
}

const OVERTAKEN: Failure = {
  code: 'SERVER',
  message: 'the slot was moved, and a later call for the key took effect first',
  retryable: true,
  outcome: 'not-applied',
};
