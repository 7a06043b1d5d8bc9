import { setMaxListeners } from 'node:events';
import type { Clock, ConnectionEvent } from '@cache/core';
import type { Address } from './address.ts';
import type { RedisLink } from './link.ts';
import { type Node, Nodes } from './nodes.ts';
import type { RedisNodes } from './redis-nodes.ts';
import { Refresher } from './refresher.ts';
import { SlotMap } from './slot-map.ts';

/** How long a node may take to tell the slots. */
const LEARN_WITHIN_MS = 1000;
/** Nodes that are asked at the same time: one of them may be frozen. */
const ASKED_AT_ONCE = 3;

/** What a topology tells. */
export interface TopologyListener {
  /** A connection's event. */
  heard(event: ConnectionEvent): void;
  /** What waits for these nodes has to look for its node again. Called before it comes back. */
  leaving(nodes: readonly Node[]): void;
  /** The masters may be others than before. */
  mapped(): void;
  /** The nodes were asked, with or without success. */
  refreshed(): void;
  /** Whether something waits for another map. */
  waits(): boolean;
}

/** Who has which slots, as far as is known, and the connections to them. */
export class Topology {
  readonly #seeds: () => readonly Address[];
  readonly #nodes: Nodes;
  readonly #clock: Clock;
  readonly #listener: TopologyListener;
  readonly #refresher: Refresher;
  readonly #closing: AbortController = new AbortController();
  #map: SlotMap | undefined;
  /** The map that was told last, as text. */
  #told: string | undefined;
  /** Those that owe an answer. */
  readonly #asked: Set<Node> = new Set();
  /** Who knows best at present. */
  #informed: Node | undefined;
  /** Whether there are nodes that the map does not name. */
  #strangers = false;
  #turn = 0;
  /** Why there is no map. */
  cause: unknown;

  constructor(nodes: RedisNodes, clock: Clock, listener: TopologyListener) {
    this.#seeds = () => nodes.seeds();
    this.#clock = clock;
    this.#listener = listener;
    this.#nodes = new Nodes(
      (address) => nodes.link(address),
      clock,
      (event) => this.#heard(event),
    );
    this.#refresher = new Refresher(
      clock,
      () => this.#learn(),
      () => this.#isDoubtful(),
    );
    setMaxListeners(0, this.#closing.signal);
    this.#refresher.request();
  }

  get map(): SlotMap | undefined {
    return this.#map;
  }

  /** The node that has a slot; undefined = nobody, as far as is known. */
  ownerOf(slot: number): Node | undefined {
    const owner = this.#map?.ownerOf(slot);
    return owner && this.#nodes.at(owner);
  }

  /** Links to those that have slots. */
  masters(): RedisLink[] {
    return this.#map?.masters().map(({ address }) => this.#nodes.at(address).link) ?? [];
  }

  /** The node at an address that a redirect named. */
  nodeAt(address: Address): Node {
    const node = this.#nodes.at(address);
    node.wanted = true;
    return node;
  }

  /** A redirect said that a slot is there now. */
  moved(slot: number, to: Address): void {
    this.#map?.move(slot, to);
    this.#informed = this.nodeAt(to);
    this.refresh();
  }

  /** Asks for the map again, soon. */
  refresh(): void {
    this.#refresher.request();
  }

  /** Goes by a map from now on. */
  take(map: SlotMap, source: Node): void {
    if (this.#closing.signal.aborted) return;
    this.#map = map;
    this.cause = undefined;
    this.#informed = undefined;
    const masters = map.masters().map(({ address }) => this.#nodes.at(address));
    const strangers = this.#nodes.all().filter((node) => !masters.includes(node));
    // One that a redirect has led to may only be about to get its first slot.
    const gone = strangers.filter(({ wanted }) => !wanted);
    this.#strangers = strangers.length > gone.length;
    for (const node of strangers) node.wanted = false;
    const text = map.toString();
    const changed = text !== this.#told;
    // Who waits for a connection that is not there may have another owner now.
    const stuck = changed ? masters.filter(({ link }) => !link.ready) : [];
    this.#listener.leaving([...stuck, ...gone]);
    for (const { session } of stuck) session.withdraw();
    for (const node of gone) this.#nodes.retire(node);
    if (changed && this.#told !== undefined) {
      this.#listener.heard({ kind: 'reconfigured', endpoint: source.link.endpoint });
    }
    this.#told = text;
    if (changed) this.#listener.mapped();
  }

  async close(): Promise<void> {
    this.#refresher.close();
    this.#closing.abort();
    await this.#nodes.close();
  }

  #heard(event: ConnectionEvent): void {
    if (event.kind === 'error') this.cause = event.cause;
    if (event.kind === 'lost') this.refresh();
    this.#listener.heard(event);
  }

  /** Whether the map may be out of date: a master that cannot be reached, or is silent, may have got a successor. */
  #isDoubtful(): boolean {
    const isAway = ({ link, session }: Node): boolean => !link.ready || session.isStalled;
    return this.#listener.waits() || this.#strangers || this.#nodes.all().some(isAway);
  }

  async #learn(): Promise<void> {
    const { signal } = this.#closing;
    const call = { deadline: this.#clock.monotonic() + LEARN_WITHIN_MS, signal };
    const answers = this.#toAsk().map(async (node) => {
      this.#asked.add(node);
      const answer = await node.session.run([['CLUSTER', 'SLOTS']], call, false);
      this.#asked.delete(node);
      // It is known to be silent only now, when the others have answered long ago.
      if (node.session.isStalled) this.refresh();
      const reply = 'failure' in answer ? new Error(answer.failure.message) : answer.replies[0];
      const map = SlotMap.from(reply, node.address);
      if (map === undefined) throw reply instanceof Error ? reply : new Error('the node knows no slots');
      return { map, node };
    });
    try {
      const { map, node } = await Promise.any(answers);
      this.take(map, node);
    } catch (error) {
      if (this.cause === undefined && error instanceof AggregateError) this.cause = error.errors[0];
    }
    this.#listener.refreshed();
  }

  /** Some that can answer at once, or else whoever there may be. */
  #toAsk(): readonly Node[] {
    const able = this.#nodes.all().filter(({ link }) => link.ready);
    if (able.length === 0) for (const seed of this.#seeds()) this.#nodes.at(seed);
    const whoever = able.length === 0 ? this.#nodes.all() : able;
    const free = whoever.filter((node) => !this.#asked.has(node));
    if (able.length === 0) return free;
    // Others each time, so that some that are frozen, or wrong, do not keep the rest from being asked.
    this.#turn += 1;
    const start = this.#turn % Math.max(1, free.length);
    const informed = free.filter((node) => node === this.#informed);
    const turned = [...informed, ...free.slice(start), ...free.slice(0, start)];
    return [...new Set(turned)].slice(0, ASKED_AT_ONCE);
  }
}
