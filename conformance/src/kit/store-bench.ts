import { equal, ok } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { DataStore, StoreCall } from '@cache/core';
import type { StoreNeed } from '../rules/store/all.ts';
import type { OpenedStore, StoreHarness } from '../store-harness.ts';
import { PATIENCE_MS } from './bench.ts';
import { within } from './check.ts';

type AnyStore = DataStore<unknown, unknown>;

type Maybe<T> = T | Promise<T>;

/** What a rule of a store gets: one that is open, fresh keys and values, and calls that settle. */
export class StoreBench {
  readonly store: AnyStore;
  /** The same source over another connection, where the harness has one. */
  readonly other: AnyStore;
  readonly #harness: StoreHarness;
  readonly #prefix: string;
  readonly #patienceMs: number;
  #keys = 0;
  #values = 0;

  constructor({ store, other = store }: OpenedStore, prefix: string, harness: StoreHarness) {
    this.store = store;
    this.other = other;
    this.#harness = harness;
    this.#prefix = prefix;
    this.#patienceMs = harness.patienceMs ?? PATIENCE_MS;
  }

  /** Why a rule cannot be asked; undefined = it can. */
  static unmet(
    needs: readonly StoreNeed[],
    { store }: OpenedStore,
    harness: StoreHarness,
  ): string | undefined {
    for (const need of needs) {
      const reason = unmet(need, store, harness);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** A key that nobody used before; of a text, where the rule asks for that. */
  key(text?: string): unknown {
    this.#keys += 1;
    const whole = `${this.#prefix}${text ?? this.#keys}`;
    return this.#harness.key === undefined ? whole : this.#harness.key(whole);
  }

  keys(count: number): unknown[] {
    return Array.from({ length: count }, () => this.key());
  }

  /** A value that was not used before. */
  value(): unknown {
    this.#values += 1;
    const number = this.#values;
    if (this.#harness.value !== undefined) return this.#harness.value(number);
    return { number, text: `été ${number} 😀`, list: [null, true, 0.5], empty: '' };
  }

  /** A value that the source refuses. */
  refused(): unknown {
    return this.#harness.refused?.();
  }

  /** What a call answers, which must come. */
  async settled<T>(what: string, call: () => Maybe<T>): Promise<T> {
    return await within(this.#patienceMs, what, (async () => await call())());
  }

  async set(key: unknown, value: unknown, call?: StoreCall, store: AnyStore = this.store): Promise<void> {
    await this.settled('set', () => store.set(key, value, call));
  }

  /** undefined where nothing is. */
  async get(key: unknown, store: AnyStore = this.store): Promise<unknown> {
    return (await this.settled('get', () => store.get(key))) ?? undefined;
  }

  async delete(key: unknown, call?: StoreCall, store: AnyStore = this.store): Promise<boolean | undefined> {
    const answer = await this.settled<unknown>('delete', () => store.delete(key, call));
    ok(answer === undefined || typeof answer === 'boolean', `delete answered ${typeof answer}`);
    return answer;
  }

  /** Rejects unless exactly this is under the key, over either connection; undefined = nothing. */
  async holds(key: unknown, value: unknown, why = 'the source'): Promise<void> {
    for (const store of new Set([this.store, this.other])) {
      this.same(await this.get(key, store), value, why);
      if (store.has === undefined) continue;
      const has = store.has.bind(store);
      equal(await this.settled('has', () => has(key)), value !== undefined, `${why}: has`);
    }
  }

  same(actual: unknown, expected: unknown, why: string): void {
    const same = this.#harness.same ?? isDeepStrictEqual;
    const equals =
      actual === undefined || expected === undefined ? actual === expected : same(actual, expected);
    ok(equals, `${why}: expected ${show(expected)}, found ${show(actual)}`);
  }

  isSame(one: unknown, other: unknown): boolean {
    if (one === undefined || other === undefined) return one === other;
    return (this.#harness.same ?? isDeepStrictEqual)(one, other);
  }
}

function unmet(need: StoreNeed, store: AnyStore, harness: StoreHarness): string | undefined {
  switch (need) {
    case 'fenced':
      return store.fenced === true ? undefined : 'the store does not say that it is fenced';
    case 'texts':
      return harness.key === undefined ? undefined : 'keys are no texts';
    case 'refused':
      return harness.refused === undefined ? 'the harness knows no value that the source refuses' : undefined;
    default:
      return store[need] === undefined ? `the store has no ${need}` : undefined;
  }
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
}
