import type { Fault } from './fault.ts';
import type { Passing } from './passing.ts';

/** Something on its way through the proxy: a frame, or the end of the stream. */
export interface Item {
  readonly passing: Passing | 'end' | 'reset';
  /** The cut that is to happen when it passes. */
  readonly cut: Fault | undefined;
  /** Whether a hold has it. */
  held: boolean;
  /** Whether its latency is not over. */
  delayed: boolean;
}

/** One direction of one connection: a queue in which whatever must wait makes all behind it wait. */
export class Lane {
  readonly #pass: (item: Item) => void;
  readonly #blocked: () => boolean;
  #queue: Item[] = [];
  #busy = false;

  /**
   * @param pass takes the next item away.
   * @param blocked whether nothing may pass at present, whatever it is.
   */
  constructor(pass: (item: Item) => void, blocked: () => boolean) {
    this.#pass = pass;
    this.#blocked = blocked;
  }

  push(item: Item): void {
    this.#queue.push(item);
    this.pump();
  }

  /** Before all others: for an item that was overtaken. */
  unshift(item: Item): void {
    this.#queue.unshift(item);
    this.pump();
  }

  remove(item: Item): void {
    this.#queue = this.#queue.filter((other) => other !== item);
    this.pump();
  }

  clear(): void {
    this.#queue = [];
  }

  /** Whether the next item is held. */
  get holding(): boolean {
    return this.#queue[0]?.held === true;
  }

  /** The item under way takes its time: nothing passes until `idle()`. */
  busy(): void {
    this.#busy = true;
  }

  idle(): void {
    this.#busy = false;
    this.pump();
  }

  pump(): void {
    while (!this.#busy && !this.#blocked()) {
      const [item] = this.#queue;
      if (item === undefined || item.held || item.delayed) return;
      this.#queue.shift();
      this.#pass(item);
    }
  }
}
