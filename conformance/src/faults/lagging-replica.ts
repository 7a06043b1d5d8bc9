import {
  type AnyAdapter,
  allFailed,
  type Call,
  type Failure,
  type Outcome,
  ok,
  type Stored,
} from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import { around, withParts } from '../kit/wrap.ts';

type Read = Outcome<Stored<unknown> | undefined>;

/**
 * Puts a replica beside the server of an adapter: reads whose call says `mayLag` are answered by it. It has what the
 * server had when it caught up last, however long ago, and nothing before that.
 */
export class LaggingReplica {
  readonly adapter: AnyAdapter;
  /** How many reads it was asked. */
  asked = 0;
  /** How many reads the server itself was asked. */
  askedServer = 0;
  /** What its reads fail with at present. */
  failure: Failure | undefined;
  readonly #inner: TestAdapter;
  /** Every key that went through the adapter. */
  readonly #known: Set<string> = new Set();
  #view: ReadonlyMap<string, Stored<unknown>> = new Map();

  constructor(inner: AnyAdapter) {
    this.#inner = inner;
    const knowing = around(inner, (_name, items, go) => {
      for (const item of items) this.#know(item);
      return go();
    });
    this.adapter = withParts(knowing, {
      hasReplicas: true,
      read: (keys, call) => this.#read(keys, call),
    });
  }

  /** Takes over what the server has now. */
  async catchUp(): Promise<void> {
    const keys = [...this.#known];
    const outcomes = await this.#inner.read(keys, { deadline: Number.POSITIVE_INFINITY });
    const view = new Map<string, Stored<unknown>>();
    outcomes.forEach((outcome, index) => {
      if (!outcome.ok) throw new Error(`the replica cannot catch up: ${outcome.error.message}`);
      if (outcome.value !== undefined) view.set(keys[index] as string, outcome.value);
    });
    this.#view = view;
  }

  async #read(keys: readonly string[], call: Call): Promise<Read[]> {
    for (const key of keys) this.#know(key);
    if (call.mayLag !== true) {
      this.askedServer += 1;
      return await this.#inner.read(keys, call);
    }
    this.asked += 1;
    if (this.failure !== undefined) return allFailed(keys.length, this.failure);
    return keys.map((key): Read => ok(this.#view.get(key)));
  }

  #know(item: unknown): void {
    if (typeof item === 'string') this.#known.add(item);
    else if (typeof item === 'object' && item !== null && 'key' in item && typeof item.key === 'string') {
      this.#known.add(item.key);
    }
  }
}
