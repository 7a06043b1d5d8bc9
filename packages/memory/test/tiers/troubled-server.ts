import {
  type AnyAdapter,
  allFailed,
  type Failure,
  failed,
  memoryPubSub,
  type Outcome,
  type PubSub,
  type Subscriber,
} from '@cache/core';
import { seeded } from '../../../core/test/tiers/member.mjs';
import { pause } from '../../../core/test/tiers/trouble.ts';
import { type MemoryAdapter, memoryAdapter } from '../../src/index.ts';
import { TroubledLine } from './troubled-line.ts';

/** What is asked of a server in another process takes up to so long, each way. */
const WAY_MS = 1;

const DOWN: Failure = {
  code: 'UNAVAILABLE',
  message: 'the server is down',
  retryable: true,
  outcome: 'not-applied',
};

/**
 * One memory, and publish and subscribe over it, as several caches of this process see it that can only hear of each
 * other by messages: with a way to it that takes time, and with what a network and a server do to it.
 */
export class TroubledServer {
  readonly lines: TroubledLine[] = [];
  readonly #store: MemoryAdapter = memoryAdapter();
  readonly #random: () => number;
  #pubsub: PubSub = memoryPubSub();
  #isDown = false;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** What one cache is given. Without the facet `sync`, which would be a way around everything here. */
  open(): { readonly adapter: AnyAdapter; readonly pubsub: PubSub; readonly line: TroubledLine } {
    const line = new TroubledLine(this.#random);
    this.lines.push(line);
    const { read, write, remove, touch, name, payload, limits } = this.#store;
    const adapter: AnyAdapter = {
      ...{ name, payload, limits },
      read: (keys, call) => this.#reach(keys.length, () => read(keys, call)),
      write: (writes, call) => this.#reach(writes.length, () => write(writes, call)),
      remove: (removals, call) => this.#reach(removals.length, () => remove(removals, call)),
      touch: (touches, call) => this.#reach(touches.length, () => touch(touches, call)),
      close: async () => undefined,
    };
    const pubsub: PubSub = {
      publish: (...args) => this.#told(() => this.#pubsub.publish(...args)),
      number: async (...args) => await line.answer(await this.#told(() => this.#pubsub.number(...args))),
      subscribe: (channel, subscriber) => {
        line.subscriber = subscriber;
        let leave = this.#join(channel, line, subscriber);
        line.rejoin = () => {
          void leave();
          leave = this.#join(channel, line, subscriber);
        };
        return () => leave();
      },
    };
    return { adapter, pubsub, line };
  }

  /** No connection of anybody holds, and none can be made for a while. @param isEmpty whether it has lost everything */
  async breakFor(ms: number, isEmpty: boolean): Promise<void> {
    this.#isDown = true;
    for (const line of this.lines) line.cut();
    if (isEmpty) {
      this.#store.sync.clear();
      this.#pubsub = memoryPubSub();
    }
    await pause(ms);
    this.#isDown = false;
    for (const line of this.lines) line.rejoin();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #join(channel: string, line: TroubledLine, subscriber: Subscriber): () => Promise<void> {
    const message = line.connect();
    return this.#pubsub.subscribe(channel, {
      subscribed: () => subscriber.subscribed(),
      lost: () => subscriber.lost(),
      message,
    });
  }

  async #reach<T>(items: number, run: () => Promise<Outcome<T>[]>): Promise<Outcome<T>[]> {
    await this.#way();
    if (this.#isDown) return allFailed(items, DOWN);
    const outcomes = await run();
    await this.#way();
    return outcomes;
  }

  async #told<T>(run: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    await this.#way();
    return this.#isDown ? failed(DOWN) : await run();
  }

  #way(): Promise<void> {
    // Mostly within a turn, so that a run sees many calls.
    return this.#random() < 0.8 ? Promise.resolve() : pause(this.#random() * WAY_MS);
  }
}
