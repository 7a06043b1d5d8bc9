import type { Failure, Outcome } from '@cache/core';
import type { RedisAdapter } from '@cache/redis-shared';
import { expect } from 'vitest';
import { call, payload, textIn } from './driver.ts';

/** What became of the increments of one counter. */
interface Tally {
  applied: number;
  unknown: number;
}

/**
 * Calls without end, several each turn and never waiting for one another: increments of counters, and on other keys two
 * writes and a read in a row. Says at the end whether each increment took effect once, and all in order.
 */
export class Work {
  longestMs = 0;
  readonly failures: Failure[] = [];
  /** Keys that were written once, by what was said of it. */
  readonly once = { written: [] as string[], notApplied: [] as string[] };
  /** What was not in order, or not true. */
  readonly wrong: string[] = [];
  done = 0;
  readonly #adapter: RedisAdapter;
  readonly #keys: readonly string[];
  readonly #timeoutMs: number;
  readonly #tallies: Map<string, Tally> = new Map();
  readonly #calls: Set<Promise<void>> = new Set();
  #round = 0;
  #running = true;

  constructor(adapter: RedisAdapter, keys: readonly string[], timeoutMs = 1000) {
    this.#adapter = adapter;
    this.#keys = keys;
    this.#timeoutMs = timeoutMs;
    this.#turn();
  }

  /** Waits until so many more calls have succeeded. */
  async more(count: number): Promise<void> {
    const enough = this.done + count;
    await expect.poll(() => this.done, { timeout: 30_000, interval: 5 }).toBeGreaterThan(enough);
  }

  /** Ends it, and checks the counters. Gives how many increments were told to be applied. */
  async stop({ lossy = false } = {}): Promise<number> {
    this.#running = false;
    await Promise.all(this.#calls);
    const names = [...this.#tallies.keys()];
    const additions = names.map((key) => ({ key, by: 0n, initial: 0n, ttlMs: null }));
    const values = await this.#adapter.counters.add(additions, call(10_000));
    let sum = 0;
    for (const [index, name] of names.entries()) {
      const { applied, unknown } = this.#tallies.get(name) as Tally;
      const value = counted(values[index]);
      sum += applied;
      // A failover may lose what was acknowledged; nothing may be counted twice.
      if (value > applied + unknown || (!lossy && value < applied))
        this.wrong.push(`${name}: ${value}, of ${applied} applied and ${unknown} unknown`);
    }
    return sum;
  }

  #turn(): void {
    if (!this.#running) return;
    this.#round += 1;
    const key = this.#keys[this.#round % this.#keys.length] ?? '';
    // No more than a server can do on a machine that others use, too.
    if (this.#calls.size < 200) {
      this.#track(this.#increment(`${key}:n`));
      this.#track(this.#overwrite(`${key}:v`, `${this.#round}`));
      this.#track(this.#writeOnce(`${key}:once:${this.#round}`));
    }
    setImmediate(() => this.#turn());
  }

  #track(running: Promise<void>): void {
    const startedAt = performance.now();
    const tracked = running.then(() => {
      this.longestMs = Math.max(this.longestMs, performance.now() - startedAt);
      this.#calls.delete(tracked);
    });
    this.#calls.add(tracked);
  }

  async #increment(key: string): Promise<void> {
    const tally = this.#tallies.get(key) ?? { applied: 0, unknown: 0 };
    this.#tallies.set(key, tally);
    const [outcome] = await this.#adapter.counters.add(
      [{ key, by: 1n, initial: 0n, ttlMs: null }],
      call(this.#timeoutMs),
    );
    if (this.#succeeded(outcome)) tally.applied += 1;
    else if (!outcome?.ok && outcome?.error.outcome === 'unknown') tally.unknown += 1;
  }

  async #overwrite(key: string, text: string): Promise<void> {
    const late = call(this.#timeoutMs);
    const [first, second, read] = await Promise.all([
      this.#adapter.write([{ key, payload: payload(`${text}a`), ttlMs: null }], late),
      this.#adapter.write([{ key, payload: payload(`${text}b`), ttlMs: null }], late),
      this.#adapter.read([key], late),
    ]);
    this.#succeeded(first[0]);
    const last = this.#succeeded(second[0]) ? 'b' : 'a';
    const [got] = read;
    if (!this.#succeeded(got) || !got?.ok || !first[0]?.ok) return;
    if (!second[0]?.ok && second[0]?.error.outcome === 'unknown') return;
    if (textIn(got.value) !== `${text}${last}`)
      this.wrong.push(`${key}: read ${textIn(got.value)} instead of ${text}${last}`);
  }

  async #writeOnce(key: string): Promise<void> {
    const [outcome] = await this.#adapter.write(
      [{ key, payload: payload(key), ttlMs: null }],
      call(this.#timeoutMs),
    );
    if (this.#succeeded(outcome)) this.once.written.push(key);
    else if (!outcome?.ok && outcome?.error.outcome === 'not-applied') this.once.notApplied.push(key);
  }

  #succeeded(outcome: Outcome<unknown> | undefined): boolean {
    if (outcome?.ok) {
      this.done += 1;
      return true;
    }
    if (outcome !== undefined) this.failures.push(outcome.error);
    return false;
  }
}

function counted(outcome: Outcome<bigint> | undefined): number {
  if (!outcome?.ok) throw new Error(`the counters cannot be read: ${outcome?.error.message}`);
  return Number(outcome.value);
}
