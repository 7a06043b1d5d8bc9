import { orAborted } from '../cache/abort.ts';
import type { Clock } from '../clock.ts';
import type { AnyAdapter, Call, Condition } from '../contract/adapter.ts';
import { refusalOf } from '../contract/call.ts';
import { allFailed, type Failure, failed, type Outcome, ok } from '../contract/outcome.ts';
import type { Side } from './side.ts';
import { unsided } from './sided.ts';

/** What one effect is about. */
interface Item {
  readonly key: string;
  readonly when?: Condition;
  readonly invalidates?: false;
}

/** A kind of effect. */
export interface Effect<I extends Item, R> {
  send(adapter: AnyAdapter, items: readonly I[], call: Call): Promise<Outcome<R>[]>;
  /** What is answered where the condition does not hold. */
  readonly refused: R;
  /** The answer of the side in use, as it is to be given. @param elsewhere whether the other one had something */
  answer(value: R, side: Side, elsewhere: boolean): R;
  /** Whether something was changed. */
  happened(value: R): boolean;
}

/** Two sides, of which the first that may be used is in use: it alone is read and written, the other is only cleared. */
export class Pair {
  readonly #sides: readonly Side[];
  readonly #clock: Clock;
  readonly #mostMissed: number;
  /** Items of calls that came too late, or after an abort. */
  refused = 0;
  #closed = false;

  constructor(sides: readonly [Side, Side], clock: Clock, mostMissed: number) {
    this.#sides = sides;
    this.#clock = clock;
    this.#mostMissed = mostMissed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#sides.map(({ adapter }) => adapter.close()));
  }

  /** Asks the side in use. */
  async ask<R>(
    keys: readonly string[],
    call: Call,
    send: (adapter: AnyAdapter, side: Side) => Promise<Outcome<R>[]>,
  ): Promise<Outcome<R>[]> {
    if (keys.length === 0) return [];
    const refusal = refusalOf(call, this.#clock, this.#closed);
    if (refusal !== undefined) return this.#refuse(keys.length, refusal);
    const side = this.#inUse();
    if (side === undefined) return allFailed(keys.length, NONE);
    return await side.ask(keys, call, (adapter) => send(adapter, side));
  }

  /** Does it where the conditions were read, and clears the other side of each key that it invalidates. */
  async change<I extends Item, R>(
    items: readonly I[],
    call: Call,
    effect: Effect<I, R>,
  ): Promise<Outcome<R>[]> {
    if (items.length === 0) return [];
    const refusal = refusalOf(call, this.#clock, this.#closed);
    if (refusal !== undefined) return this.#refuse(items.length, refusal);
    const side = this.#inUse();
    const keys = items.filter(({ invalidates }) => invalidates !== false).map(({ key }) => key);
    if (keys.length > 0 && this.#isFull(keys.length)) return allFailed(items.length, FULL);
    // All leave at once and in the order of the calls, so that they take effect in it on either side.
    const acting =
      side === undefined ? allFailed<R>(items.length, NONE) : this.#act(side, items, call, effect);
    const others = this.#sides.filter((other) => other !== side);
    const clearing = orAborted(
      Promise.all(others.map((other) => other.clear(keys, call))),
      call.signal,
      'unknown',
    ).catch((aborted: Failure) => others.map(() => allFailed<boolean>(keys.length, aborted)));
    const [outcomes, cleared] = await Promise.all([acting, clearing]);
    let place = 0;
    return items.map((item, index) => {
      const outcome = outcomes[index] as Outcome<R>;
      if (item.invalidates === false) return answerOf(outcome, side, effect);
      const elsewhere = cleared.map((each) => each[place] as Outcome<boolean>);
      place += 1;
      return this.#both(item, outcome, elsewhere, side, effect);
    });
  }

  #refuse<R>(count: number, refusal: Failure): Outcome<R>[] {
    this.refused += count;
    return allFailed(count, refusal);
  }

  #inUse(): Side | undefined {
    for (const side of this.#sides) side.mend();
    return this.#sides.find(({ isUsable }) => isUsable);
  }

  #isFull(more: number): boolean {
    return this.#sides.some((side) => !side.isUsable && side.missed + more > this.#mostMissed);
  }

  /** A version of the other side is none that is there. */
  async #act<I extends Item, R>(
    side: Side,
    items: readonly I[],
    call: Call,
    effect: Effect<I, R>,
  ): Promise<Outcome<R>[]> {
    const own: I[] = [];
    const places = items.map((item) => {
      const theirs = itemOf(side, item);
      return theirs === undefined ? undefined : own.push(theirs) - 1;
    });
    const keys = own.map(({ key }) => key);
    const outcomes = await side.ask(keys, call, (adapter) => effect.send(adapter, own, call));
    return places.map((place) =>
      place === undefined ? ok(effect.refused) : (outcomes[place] as Outcome<R>),
    );
  }

  /** One answer for both sides: it is done once both have done it. */
  #both<I extends Item, R>(
    item: I,
    outcome: Outcome<R>,
    elsewhere: readonly Outcome<boolean>[],
    side: Side | undefined,
    effect: Effect<I, R>,
  ): Outcome<R> {
    if (side === undefined) return failed({ ...NONE, outcome: 'unknown' });
    if (!outcome.ok) {
      if (mayBeMissed(outcome.error)) side.miss(item.key);
      return outcome;
    }
    if (item.when !== undefined && !effect.happened(outcome.value)) return outcome;
    let hadMore = false;
    for (const cleared of elsewhere) {
      if (!cleared.ok) return failed(halfDone(cleared.error));
      hadMore ||= cleared.value;
    }
    return ok(effect.answer(outcome.value, side, hadMore));
  }
}

/** The answer of a side that is not about the other one. */
function answerOf<I extends Item, R>(
  outcome: Outcome<R>,
  side: Side | undefined,
  effect: Effect<I, R>,
): Outcome<R> {
  return outcome.ok && side !== undefined ? ok(effect.answer(outcome.value, side, false)) : outcome;
}

/** An item as a side knows it; undefined = it is on condition of the other side's version. */
function itemOf<I extends Item>(side: Side, item: I): I | undefined {
  if (typeof item.when !== 'object') return item;
  const version = unsided(side.sign, item.when.version);
  return version === undefined ? undefined : { ...item, when: { version } };
}

/** Whether a side may still hold what was to go, for no fault of the request, and no wish of whoever made it. */
function mayBeMissed({ code, outcome }: Failure): boolean {
  if (code === 'ABORTED') return false;
  return outcome !== 'not-applied' || code === 'UNAVAILABLE' || code === 'TIMEOUT' || code === 'BUSY';
}

function halfDone(error: Failure): Failure {
  const message = `it was done on one of two servers, and is to be done on the other one: ${error.message}`;
  return { ...error, message, retryable: true, outcome: 'unknown' };
}

const NONE: Failure = {
  code: 'UNAVAILABLE',
  message: 'neither of two servers answers and has missed nothing',
  retryable: true,
  outcome: 'not-applied',
};

const FULL: Failure = {
  code: 'BUSY',
  message: 'one of two servers has missed so much already that no more is remembered for it',
  retryable: true,
  outcome: 'not-applied',
};
