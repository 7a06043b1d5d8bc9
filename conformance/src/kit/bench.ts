import { equal, ok } from 'node:assert/strict';
import type {
  Adapter,
  AnyAdapter,
  Call,
  Condition,
  Facets,
  Outcome,
  Stored,
  Version,
  VersionCondition,
  WriteResult,
} from '@cache/core';
import type { AdapterHarness, Opened, Peer } from '../harness.ts';
import { valueIn, within } from './check.ts';
import { payloadFor, samePayload, showPayload } from './payload.ts';

/** An adapter as rules see it: its payloads are the kit's own. */
export type TestAdapter = Adapter<unknown> & Partial<Facets<unknown>>;

/** How long any call may take before a rule gives up: wide, since it says nothing about speed. */
export const PATIENCE_MS = 10_000;

/** The life of what a rule does not ask about, so that nothing stays behind on a server. */
export const TEN_MINUTES = 600_000;

/** What a rule gets: one adapter, fresh keys, and the calls of one key. */
export class Bench {
  readonly adapter: TestAdapter;
  readonly opened: Opened;
  readonly prefix: string;
  readonly harness: AdapterHarness;
  /** How long any call may take before a rule gives up. */
  readonly patienceMs: number;
  #keys = 0;
  #peer: Promise<Peer> | undefined;

  constructor(opened: Opened, prefix: string, harness: AdapterHarness) {
    this.opened = opened;
    this.harness = harness;
    this.patienceMs = harness.patienceMs ?? PATIENCE_MS;
    this.adapter = opened.adapter as TestAdapter;
    this.prefix = prefix;
  }

  /** Another adapter of the same server. */
  async peer(): Promise<TestAdapter> {
    this.#peer ??= this.opened.peer?.();
    const peer = await this.#peer;
    ok(peer !== undefined, 'the harness opens no other adapter of the server');
    return peer.adapter as TestAdapter;
  }

  /** Ends what the rule had opened beside its adapter. */
  async finish(): Promise<void> {
    const peer = await this.#peer;
    await peer?.[Symbol.asyncDispose]();
  }

  /** The bench with its peer in the place of its adapter. */
  async other(): Promise<Bench> {
    const { peer: _peer, ...opened } = this.opened;
    return new Bench({ ...opened, adapter: (await this.peer()) as AnyAdapter }, this.prefix, this.harness);
  }

  /** A key that nobody used before. */
  key(name = 'k'): string {
    this.#keys += 1;
    return `${this.prefix}${name}${this.#keys}`;
  }

  keys(count: number, name = 'k'): string[] {
    return Array.from({ length: count }, () => this.key(name));
  }

  payload(content: string | Uint8Array = 'payload'): unknown {
    return payloadFor(this.adapter, content);
  }

  /** A call with a deadline that no sound adapter reaches. */
  call(signal?: AbortSignal): Call {
    const deadline = this.deadline(this.patienceMs);
    return signal === undefined ? { deadline } : { deadline, signal };
  }

  /** The instant so many ms from now, on the adapter's own clock. */
  deadline(ms: number): number {
    return (this.opened.clock?.monotonic() ?? performance.now()) + ms;
  }

  async read(key: string): Promise<Stored<unknown> | undefined> {
    return await this.one('read', this.adapter.read([key], this.call()));
  }

  async write(
    key: string,
    payload: unknown,
    when?: Condition,
    ttlMs: number | null = TEN_MINUTES,
  ): Promise<WriteResult> {
    const write = when === undefined ? { key, payload, ttlMs } : { key, payload, ttlMs, when };
    return await this.one('write', this.adapter.write([write], this.call()));
  }

  /** Writes something and answers its version. */
  async put(
    key: string,
    payload: unknown = this.payload(),
    ttlMs: number | null = TEN_MINUTES,
  ): Promise<Version> {
    const result = await this.write(key, payload, undefined, ttlMs);
    ok(result.written, `an unconditional write of ${key} was refused`);
    return result.version;
  }

  async remove(key: string, when?: VersionCondition): Promise<boolean> {
    return await this.one(
      'remove',
      this.adapter.remove([when === undefined ? { key } : { key, when }], this.call()),
    );
  }

  async touch(key: string, ttlMs: number | null, when?: VersionCondition): Promise<boolean> {
    const touch = when === undefined ? { key, ttlMs } : { key, ttlMs, when };
    return await this.one('touch', this.adapter.touch([touch], this.call()));
  }

  /** The one value of a call with one item. */
  async one<T>(what: string, answer: Promise<readonly Outcome<unknown>[]>): Promise<T> {
    const outcomes = await within(this.patienceMs + 2000, what, answer);
    ok(Array.isArray(outcomes), `${what} answered no array`);
    equal(outcomes.length, 1, `${what} answered ${outcomes.length} outcomes for one item`);
    return valueIn(outcomes[0], what) as T;
  }

  /** The values of a call, one an item. */
  async all<T>(
    what: string,
    count: number,
    answer: Promise<readonly Outcome<unknown>[]>,
    mostMs: number = this.patienceMs,
  ): Promise<T[]> {
    const outcomes = await within(mostMs + 2000, what, answer);
    ok(Array.isArray(outcomes), `${what} answered no array`);
    equal(outcomes.length, count, `${what} answered ${outcomes.length} outcomes for ${count} items`);
    return outcomes.map((outcome, index) => valueIn(outcome, `${what} item ${index}`) as T);
  }

  /** Rejects unless exactly this is under the key; undefined = nothing. */
  async holds(key: string, payload: unknown, why = `under ${key}`): Promise<void> {
    this.same((await this.read(key))?.payload, payload, why);
  }

  same(actual: unknown, expected: unknown, why: string): void {
    ok(
      samePayload(actual, expected),
      `${why}: expected ${showPayload(expected)}, found ${showPayload(actual)}`,
    );
  }

  /** So many adapters over the store for clients of their own: this one, and its peer in turn where there is one. */
  async connections(count: number): Promise<TestAdapter[]> {
    const peer = this.opened.peer === undefined ? this.adapter : await this.peer();
    return Array.from({ length: count }, (_, i) => (i % 2 === 0 ? this.adapter : peer));
  }

  /** Lets time pass, where the harness can. */
  async advance(ms: number): Promise<void> {
    if (this.opened.advance !== undefined) await this.opened.advance(ms);
    else this.opened.clock?.advance(ms);
  }

  get advances(): boolean {
    return this.opened.advance !== undefined || this.opened.clock !== undefined;
  }

  /** Ends the life of a key that was written with `ttlMs`. */
  async expire(key: string, ttlMs: number = TEN_MINUTES): Promise<void> {
    if (this.opened.expireNow !== undefined) await this.opened.expireNow(key);
    else await this.advance(ttlMs + this.adapter.limits.ttlResolutionMs);
  }

  /**
   * Rejects unless the key's life ends about `ttlMs` from now; null = it has no end. Asks the adapter or
   * the server where they can tell, and else lets the time pass, so it comes last in a rule.
   */
  async lives(key: string, ttlMs: number | null): Promise<void> {
    const { expiry, limits } = this.adapter;
    const resolution = limits.ttlResolutionMs;
    if (expiry !== undefined || this.opened.remaining !== undefined) {
      const left =
        expiry === undefined
          ? await this.opened.remaining?.(key)
          : await this.one<number | null | undefined>('remaining', expiry.remaining([key], this.call()));
      if (ttlMs === null) return equal(left, null, `${key} was to have no end`);
      ok(typeof left === 'number', `${key} was to live ${ttlMs} ms, remaining answered ${left}`);
      // On a server time goes on meanwhile; a minute is more than any rule takes.
      const least = ttlMs - resolution - (this.advances ? 0 : Math.min(60_000, ttlMs));
      ok(left >= least && left <= ttlMs + resolution, `${key} was to live ${ttlMs} ms, it has ${left}`);
    }
    if (!this.advances) return;
    await this.advance((ttlMs ?? 1e11) - resolution);
    ok((await this.read(key)) !== undefined, `${key} ended before its life of ${ttlMs} ms`);
    if (ttlMs === null) return;
    await this.advance(2 * resolution);
    ok((await this.read(key)) === undefined, `${key} outlived its life of ${ttlMs} ms`);
  }
}
