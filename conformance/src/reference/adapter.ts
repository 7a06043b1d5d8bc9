import {
  type Adapter,
  allFailed,
  type Call,
  type Clock,
  defineAdapter,
  type Expiry,
  type Failure,
  type FloatCounters,
  failed,
  type Limits,
  type Outcome,
  ok,
  refusalOf,
  type Scan,
  systemClock,
  type Write,
  type WriteResult,
} from '@cache/core';
import { globExpression } from './glob.ts';
import { holds, type Item, Shelf } from './shelf.ts';

export interface ReferenceOptions {
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Lives are rounded up to a multiple of it. Default: 1. */
  readonly ttlResolutionMs?: number;
  /** Runs between the effect of a call and its answer. Default: nothing but a microtask. */
  readonly answer?: () => Promise<void>;
  readonly limits?: Partial<Limits>;
  /** Where another one keeps things already. Default: a shelf of its own. */
  readonly shelf?: Shelf;
}

export type ReferenceAdapter = Adapter & {
  readonly expiry: Expiry<Uint8Array>;
  readonly counters: FloatCounters;
  readonly scan: Scan;
};

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/**
 * The contract in the fewest words: a Map of bytes. Sound, so that it passes every rule, and what the mutants break.
 * Effects take place at the call, answers come later: whoever forgets to await notices.
 */
export function referenceAdapter(options: ReferenceOptions = {}): ReferenceAdapter {
  return referenceParts(options).adapter;
}

/** The same with its shelf, for what is to look behind it. */
export function referenceParts(options: ReferenceOptions = {}): {
  readonly adapter: ReferenceAdapter;
  readonly shelf: Shelf;
} {
  const { clock = systemClock, ttlResolutionMs = 1, answer = async () => {} } = options;
  const shelf = options.shelf ?? new Shelf(clock, ttlResolutionMs);
  let closed = false;

  async function each<I, R>(
    items: readonly I[],
    call: Call,
    run: (item: I) => Outcome<R>,
  ): Promise<Outcome<R>[]> {
    const refusal = refusalOf(call, clock, closed);
    const outcomes = refusal === undefined ? items.map(run) : allFailed<R>(items.length, refusal);
    await answer();
    return outcomes;
  }

  const adapter: ReferenceAdapter = defineAdapter({
    name: 'reference',
    payload: 'bytes',
    limits: {
      maxKeyBytes: 4096,
      maxValueBytes: 64 * 1_048_576,
      maxTtlMs: Number.MAX_SAFE_INTEGER,
      ttlResolutionMs,
      ...options.limits,
    },
    read: (keys, call) => each(keys, call, (key) => ok(storedOf(shelf.get(key)))),
    write: (writes, call) =>
      each<Write<Uint8Array>, WriteResult>(writes, call, ({ key, payload, ttlMs, when, pinned }) => {
        if (!holds(when, shelf.get(key))) return ok({ written: false });
        return ok({ written: true, version: shelf.put(key, payload.slice(), ttlMs, pinned) });
      }),
    remove: (removals, call) =>
      each(removals, call, ({ key, when }) => {
        const item = shelf.get(key);
        return ok(item !== undefined && holds(when, item) && shelf.items.delete(key));
      }),
    touch: (touches, call) =>
      each(touches, call, ({ key, ttlMs, when }) => {
        const item = shelf.get(key);
        if (item === undefined || !holds(when, item)) return ok(false);
        shelf.renew(key, item, ttlMs);
        return ok(true);
      }),
    async close() {
      closed = true;
      if (options.shelf === undefined) shelf.items.clear();
    },
    expiry: {
      readAndTouch: (touches, call) =>
        each(touches, call, ({ key, ttlMs, when }) => {
          const item = shelf.get(key);
          if (item === undefined || !holds(when, item)) return ok(undefined);
          shelf.renew(key, item, ttlMs);
          return ok(storedOf(item));
        }),
      remaining: (keys, call) => each(keys, call, (key) => ok(shelf.remaining(key))),
    },
    counters: {
      add: (additions, call) =>
        each(additions, call, ({ key, by, initial, ttlMs }) => {
          const item = shelf.get(key);
          if (item !== undefined && typeof item.held !== 'bigint') return failed(WRONG_TYPE);
          const sum = (item === undefined ? initial : (item.held as bigint)) + by;
          if (sum > MAX || sum < MIN) return failed(OUT_OF_RANGE);
          if (item === undefined) shelf.put(key, sum, ttlMs);
          else shelf.count(key, item, sum);
          return ok(sum);
        }),
      addFloat: (additions, call) =>
        each(additions, call, ({ key, by, initial, ttlMs }) => {
          const item = shelf.get(key);
          if (item !== undefined && item.held instanceof Uint8Array) return failed(WRONG_TYPE);
          const sum = Number(item === undefined ? initial : item.held) + by;
          if (!Number.isFinite(sum)) return failed(OUT_OF_RANGE);
          if (item === undefined) shelf.put(key, sum, ttlMs);
          else shelf.count(key, item, sum);
          return ok(sum);
        }),
    },
    scan: {
      async page({ prefix, glob }, cursor, count, call) {
        const refusal = refusalOf(call, clock, closed);
        if (refusal !== undefined) return failed(refusal);
        const accepts = glob === undefined ? /^/ : globExpression(glob);
        // The cursor is the last key that was looked at, in the order of the code units.
        const all = [...shelf.items.keys()].sort().filter((key) => cursor === undefined || key > cursor);
        const looked = all.slice(0, count);
        const keys = looked.filter((key) => key.startsWith(prefix) && accepts.test(key.slice(prefix.length)));
        await answer();
        return ok({ keys, next: all.length > looked.length ? looked.at(-1) : undefined });
      },
    },
  });
  return { adapter, shelf };
}

/** A copy, so that nobody changes what is stored. A counter reads as its digits. */
function storedOf(item: Item | undefined): { payload: Uint8Array; version: number } | undefined {
  if (item === undefined) return undefined;
  const { held, version } = item;
  return {
    payload: held instanceof Uint8Array ? held.slice() : new TextEncoder().encode(String(held)),
    version,
  };
}

const REFUSED: Pick<Failure, 'retryable' | 'outcome'> = { retryable: false, outcome: 'not-applied' };
const WRONG_TYPE: Failure = { code: 'WRONG_TYPE', message: 'the key holds something else', ...REFUSED };
const OUT_OF_RANGE: Failure = { code: 'OUT_OF_RANGE', message: 'the sum leaves the range', ...REFUSED };
