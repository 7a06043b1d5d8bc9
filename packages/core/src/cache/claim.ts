import type { Condition, Stored, Version } from '../contract/adapter.ts';
import type { ServerKey } from '../key.ts';
import type { Budget } from './budget.ts';
import { conditionFor } from './condition.ts';
import { Lease, leaseLength } from './lease.ts';
import type { LoadOptions } from './load-options.ts';
import { isQuarantined } from './quarantine.ts';
import type { Scope } from './scope.ts';
import type { Found, Space } from './space.ts';
import type { Watch } from './watch.ts';

/** What is to be claimed. */
export interface Wanted<P> {
  readonly operation: string;
  readonly key: string;
  readonly serverKey: ServerKey;
  readonly space: Space<P>;
  readonly options: LoadOptions;
  /** `join`: whoever loads elsewhere is waited for. `over`: not. `behind`: then there is nothing to do. */
  readonly way: 'join' | 'over' | 'behind';
}

/** The right to fill: on condition of what was seen, or of a lease. */
interface Right<P> {
  readonly seen: Condition;
  readonly lease: Lease<P> | undefined;
  /** Whether the lease lies under the key itself. */
  readonly inPlace: boolean;
}

/** A right, and what the entry is to be kept under: what was so before the load began. */
export interface Claim<P> extends Right<P> {
  readonly record: P;
  /** By tag. */
  readonly generations: ReadonlyMap<string, Uint8Array>;
}

/**
 * Gives the right to load and to keep what was loaded. `wait`: somebody has it; `refused`: somebody was faster;
 * undefined: nobody can have it, so that the value is not kept.
 */
export class Claims<P> {
  readonly #scope: Scope<P>;

  constructor(scope: Scope<P>) {
    this.#scope = scope;
  }

  async claim(
    wanted: Wanted<P>,
    base: Found<P> | undefined,
    watch: Watch,
  ): Promise<Claim<P> | 'wait' | 'refused' | undefined> {
    if (base === undefined) return undefined;
    const { operation, key, space } = wanted;
    // One for all steps: a server that stops answering between them must not keep the loader from running for long.
    const budget = this.#budget(wanted);
    let right: Right<P> | 'wait' | 'refused' | undefined;
    try {
      const record = base.record ?? (await space.record.learn(budget));
      right = await this.#right(wanted, base, record, watch, budget);
      if (right === undefined || right === 'wait' || right === 'refused') return right;
      return { ...right, record, generations: await this.#generations(wanted, record, budget) };
    } catch (caught) {
      this.#scope.fault(caught, operation, key, true);
      if (typeof right === 'object') right.lease?.withdraw(this.#budget(wanted));
      return undefined;
    }
  }

  async #right(
    wanted: Wanted<P>,
    { state, stored }: Found<P>,
    record: P,
    watch: Watch,
    budget: Budget,
  ): Promise<Right<P> | 'wait' | 'refused' | undefined> {
    const { shared } = this.#scope;
    if (stored !== undefined && isQuarantined(this.#scope, stored.payload, record)) return undefined;
    const seen = conditionFor(stored, 0);
    // Where entries are in the memory of this process, its flights are all there are.
    if (shared.adapter.payload === 'reference') return { seen, lease: undefined, inPlace: false };
    if (stored !== undefined && (state === 'stale' || state === 'fresh')) {
      return await this.#beside(wanted, stored, record, watch, budget);
    }
    if (this.#isHeld(wanted, leaseLength(shared, stored, record), stored?.version, watch)) return 'wait';
    const lease = await this.#lease(wanted, wanted.serverKey.text, record, seen, budget);
    return lease === undefined ? 'refused' : { seen, lease, inPlace: true };
  }

  /** The right to replace a value that may still serve. */
  async #beside(
    wanted: Wanted<P>,
    value: Stored<P>,
    record: P,
    watch: Watch,
    budget: Budget,
  ): Promise<Right<P> | 'wait' | 'refused'> {
    const { shared } = this.#scope;
    const { serverKey, space } = wanted;
    const key = space.leaseKey(serverKey);
    let lease = await this.#lease(wanted, key, record, 'absent', budget);
    if (lease === undefined) {
      const { stored } = await shared.coalescer.read(key, undefined, budget.wait());
      if (this.#isHeld(wanted, leaseLength(shared, stored, record), stored?.version, watch)) return 'wait';
      lease = await this.#lease(wanted, key, record, conditionFor(stored, 0), budget);
      if (lease === undefined) return 'refused';
    }
    // Whoever had the lease before may have replaced the value since it was read, or be about to.
    let version: Version | undefined;
    try {
      version = await space.entries.restamp(serverKey.text, value, record, budget, { invalidates: false });
    } catch (failure) {
      lease.withdraw(this.#budget(wanted));
      throw failure;
    }
    if (version !== undefined) return { seen: { version }, lease, inPlace: false };
    await lease.release(this.#budget(wanted));
    return 'refused';
  }

  /** Whether somebody else has the right, and keeps it. */
  #isHeld(
    { way }: Wanted<P>,
    lengthMs: number | undefined,
    version: Version | undefined,
    watch: Watch,
  ): boolean {
    return way !== 'over' && lengthMs !== undefined && !watch.ended(version, lengthMs);
  }

  #lease(
    wanted: Wanted<P>,
    key: string,
    record: P,
    when: Condition,
    budget: Budget,
  ): Promise<Lease<P> | undefined> {
    return Lease.acquire(this.#scope, key, record, when, budget, () => this.#budget(wanted));
  }

  async #generations(wanted: Wanted<P>, record: P, budget: Budget): Promise<ReadonlyMap<string, Uint8Array>> {
    const { key, operation, options, space } = wanted;
    const { tags = [] } = options;
    if (tags.length === 0) return new Map();
    const { keptUntil } = this.#scope.life(key, options, this.#scope.shared.clock.now(), operation);
    const found = await space.generations(tags, record, keptUntil, budget);
    return new Map(tags.flatMap((tag, index) => (found[index] === undefined ? [] : [[tag, found[index]]])));
  }

  #budget({ operation, options: { timeout } }: Wanted<P>): Budget {
    return this.#scope.budget(timeout === undefined ? undefined : { timeout }, operation);
  }
}
