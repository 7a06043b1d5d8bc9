import type { Clock } from '../clock.ts';
import type { Stored } from '../contract/adapter.ts';
import type { Failure } from '../contract/outcome.ts';
import type { ServerKey } from '../key.ts';
import { Breaker } from './breaker.ts';
import { Budget } from './budget.ts';
import type { Coalescer, Wait } from './coalescer.ts';
import { LOADING } from './flights.ts';
import type { Order } from './order.ts';
import type { PendingRead } from './pending.ts';
import type { Worth } from './worth.ts';

/** Failures that are the caller's own wish: the primary would be asked for nobody. */
const CALLERS: ReadonlySet<string> = new Set(['CLOSED', 'ABORTED']);

/**
 * What the replicas of a server hold of one namespace, or of one bucket. Their view is one that the server had before,
 * so a hit there is worth no more than to be returned: nothing is learned from it, neither the record nor a marker, and
 * nothing is decided by it. Whatever else they answer says nothing at all, and the primary is asked.
 */
export class Replicas<P> {
  readonly #recordKey: string;
  readonly #order: Order;
  readonly #worth: Worth<P>;
  readonly #coalescer: Coalescer<P>;
  readonly #clock: Clock;
  /** Of their own: that they answer does not say that the primary does, nor the other way round. */
  readonly #breaker: Breaker;

  /** @param worth by markers of their own, read at the primary */
  constructor(recordKey: string, order: Order, worth: Worth<P>, coalescer: Coalescer<P>, clock: Clock) {
    this.#recordKey = recordKey;
    this.#order = order;
    this.#worth = worth;
    this.#coalescer = coalescer;
    this.#clock = clock;
    this.#breaker = new Breaker(clock);
  }

  /** A fresh entry, or undefined where the primary is to be asked. @throws Failure when no time is left for that */
  find(serverKey: ServerKey, key: string, budget: Budget): Promise<Stored<P> | undefined> {
    return new Promise((resolve, reject) => {
      this.seek(serverKey, key, budget.wait(), (hit) => resolve(hit), reject);
    });
  }

  /**
   * Without a promise.
   * @param done gets a fresh entry, or undefined where the primary is to be asked, in the time that is left
   */
  seek(
    serverKey: ServerKey,
    key: string,
    { timeoutMs, signal }: Wait,
    done: (hit: Stored<P> | undefined, left: Budget) => void,
    fail: (failure: Failure) => void,
  ): void {
    const left = (): Budget => new Budget(this.#clock, timeoutMs, signal, pending.deadline);
    const failed = (failure: Failure): void => {
      this.#breaker.failed(failure);
      const { deadline } = pending;
      const isLate = deadline !== undefined && deadline <= this.#clock.monotonic();
      if (isLate || CALLERS.has(failure.code)) fail(failure);
      else done(undefined, left());
    };
    const pending: PendingRead<P> = {
      key: serverKey.text,
      record: this.#recordKey,
      mayLag: true,
      timeoutMs,
      deadline: undefined,
      settled: false,
      sent: false,
      release: undefined,
      done: (stored, found) => {
        this.#breaker.succeeded();
        if (stored === undefined || found === undefined) return done(undefined, left());
        const { payload } = stored;
        const state = this.#worth.stateOf(serverKey, key, payload, found.payload);
        if (state !== undefined) return done(state === 'fresh' ? stored : undefined, left());
        const budget = left();
        this.#worth.settle(payload, found.payload, budget).then(
          (settled) => done(settled === 'fresh' ? stored : undefined, budget),
          () => done(undefined, budget),
        );
      },
      fail: failed,
    };
    // What a loader makes of the answer is kept.
    const isForLoad = LOADING.get() !== undefined;
    // A call of our own on the key is under way: this one takes effect after it.
    const isBehind = this.#order.gate(serverKey.text) !== undefined;
    if (isForLoad || isBehind || this.#breaker.refusal() !== undefined) done(undefined, left());
    else this.#coalescer.submitRead(pending, signal);
  }
}
