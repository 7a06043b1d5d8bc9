import { setMaxListeners } from 'node:events';
import { abortedBy, type Call, type Clock, type Failure, type Timer } from '@cache/core';
import type { Address } from './address.ts';
import { failureOf, unreachable } from './failure.ts';
import type { RedisReply } from './link.ts';
import type { Part } from './parts.ts';
import { RouteFailure } from './route-failure.ts';

/** A part of a call on its way through a cluster. */
export interface Parcel extends Part {
  readonly errand: Errand;
  /** Rises from call to call, and within a call from command to command. */
  readonly order: number;
  /** How often it was sent on. */
  hops: number;
  /** Who is to be asked next instead of the slot's owner: the one that the slot is being moved to. */
  ask: Address | undefined;
  /** Why it came back. */
  refusal: Error | undefined;
}

/** Where parcels wait. */
export interface Depot {
  /** Takes a parcel out of those that wait. */
  recall(parcel: Parcel): void;
  /** Why nothing goes on, if that is known. */
  readonly cause: unknown;
}

/**
 * One call, for as long as some of its parcels are under way. Connections guard the deadline of what they have; what
 * waits for its slot is guarded here.
 */
export class Errand {
  readonly call: Call;
  readonly effect: boolean;
  /** Resolves when every parcel is settled. */
  readonly done: Promise<void>;
  readonly #clock: Clock;
  readonly #depot: Depot;
  readonly #waiting: Set<Parcel> = new Set();
  #open = 0;
  #finish: () => void = () => undefined;
  #timer: Timer | undefined;
  #unlisten: () => void = () => undefined;

  constructor({ deadline, signal }: Call, effect: boolean, clock: Clock, depot: Depot) {
    this.effect = effect;
    this.#clock = clock;
    this.#depot = depot;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    if (signal === undefined) {
      this.call = { deadline };
      return;
    }
    // Every node that has some of it listens; the caller's signal, which may be one for many calls, has one listener.
    const own = new AbortController();
    setMaxListeners(0, own.signal);
    const onAbort = (): void => {
      own.abort(signal.reason);
      this.fail(abortedBy(signal, 'not-applied'));
    };
    signal.addEventListener('abort', onAbort);
    this.#unlisten = () => signal.removeEventListener('abort', onAbort);
    this.call = { deadline, signal: own.signal };
  }

  /** Adds a part to what is to be done. */
  parcel(part: Part, order: number): Parcel {
    this.#open += 1;
    const settle = (reply: RedisReply): void => {
      part.settle(reply);
      this.#open -= 1;
      if (this.#open === 0) this.#end();
    };
    return { ...part, settle, errand: this, order, hops: 0, ask: undefined, refusal: undefined };
  }

  /** A parcel begins to wait for its slot. */
  wait(parcel: Parcel): void {
    this.#waiting.add(parcel);
    const { deadline, signal } = this.call;
    if (signal?.aborted) this.#fail(parcel, abortedBy(signal, 'not-applied'));
    if (this.#timer !== undefined || this.#open === 0) return;
    this.#timer = this.#clock.schedule(() => this.#expire(), deadline - this.#clock.monotonic());
  }

  /** A parcel goes on. */
  goOn(parcel: Parcel): void {
    this.#waiting.delete(parcel);
  }

  /** Fails what waits. */
  fail(failure: Failure): void {
    for (const parcel of [...this.#waiting]) this.#fail(parcel, failure);
  }

  #expire(): void {
    for (const parcel of [...this.#waiting]) {
      const { refusal } = parcel;
      const { cause } = this.#depot;
      this.#fail(parcel, refusal ? failureOf(refusal, this.effect) : unreachable('the cluster', cause));
    }
  }

  #fail(parcel: Parcel, failure: Failure): void {
    // Taking one out may have let another one go.
    if (!this.#waiting.delete(parcel)) return;
    this.#depot.recall(parcel);
    parcel.settle(new RouteFailure(failure));
  }

  #end(): void {
    this.#timer?.cancel();
    this.#unlisten();
    this.#finish();
  }
}
