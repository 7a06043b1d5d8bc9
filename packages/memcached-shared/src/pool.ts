import { type Call, type ClientReport, hashTag, type Outcome, Rendezvous } from '@cache/core';
import type { Node } from './node.ts';
import type { Plan } from './step.ts';

/**
 * Several servers as one, divided by rendezvous hashing of the hash tag of a key. Nothing moves by itself: while a server
 * is away its items fail, and when it came back it would show what was true before.
 */
export class Pool {
  readonly nodes: readonly Node[];
  readonly #places: Rendezvous;
  #inFlight = 0;
  #completed = 0;
  #failed = 0;

  constructor(nodes: readonly Node[]) {
    this.nodes = nodes;
    this.#places = new Rendezvous(nodes.map(({ endpoint }) => endpoint));
  }

  /** The items of batches: under way, answered, and failed. */
  counts(): ClientReport {
    return { inFlight: this.#inFlight, completed: this.#completed, failed: this.#failed };
  }

  /** Carries a batch out, each item on its server, and answers by position. */
  async run<I extends { readonly key: string }, T>(
    items: readonly I[],
    call: Call,
    plan: Plan<I, T>,
  ): Promise<Outcome<T>[]> {
    if (items.length === 0) return [];
    this.#inFlight += items.length;
    const outcomes = await this.#run(items, call, plan);
    this.#inFlight -= items.length;
    for (const { ok } of outcomes) {
      if (ok) this.#completed += 1;
      else this.#failed += 1;
    }
    return outcomes;
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
  }

  /** The server that a key belongs to. It depends on the servers' names alone, in whatever order they are given. */
  nodeOf(key: string): Node {
    return this.nodes[this.#places.placeOf(hashTag(key))] as Node;
  }

  async #run<I extends { readonly key: string }, T>(
    items: readonly I[],
    call: Call,
    plan: Plan<I, T>,
  ): Promise<Outcome<T>[]> {
    const [only] = this.nodes;
    if (this.nodes.length === 1 && only !== undefined) return only.run(items, call, plan);
    const shares = new Map<Node, number[]>();
    items.forEach(({ key }, index) => {
      const node = this.nodeOf(key);
      const share = shares.get(node);
      if (share === undefined) shares.set(node, [index]);
      else share.push(index);
    });
    const outcomes = new Array<Outcome<T>>(items.length);
    const answers = Array.from(shares, async ([node, share]) => {
      const own = await node.run(
        share.map((index) => items[index] as I),
        call,
        plan,
      );
      share.forEach((index, at) => {
        outcomes[index] = own[at] as Outcome<T>;
      });
    });
    await Promise.all(answers);
    return outcomes;
  }
}
