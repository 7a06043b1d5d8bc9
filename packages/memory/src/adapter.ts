import {
  type Adapter,
  allFailed,
  CacheError,
  type Call,
  type Clock,
  defineAdapter,
  type Expiry,
  type Failure,
  type FloatCounters,
  failed,
  globMatcher,
  type Outcome,
  ok,
  refusalOf,
  type Scan,
  type SyncStore,
  systemClock,
  type Write,
  type WriteResult,
} from '@cache/core';
import { addTo, type Cell, isCell } from './counter.ts';
import { type Isolation, isolationOf } from './isolation.ts';
import { estimateBytes } from './size.ts';
import { holds, Store } from './store.ts';

export interface MemoryAdapterOptions {
  /** Most entries; those go first that were not used for longest, give or take an eighth of the line. Room for them is reserved at once. Default: 10,000. */
  readonly maxEntries?: number;
  /** Most bytes, by `sizeOf`. A value over it is refused. Default: no bound. */
  readonly maxBytes?: number;
  /** The size of a payload in bytes, asked only with `maxBytes`. Default: an estimate. */
  readonly sizeOf?: (payload: unknown) => number;
  /** What a reader may do to what is stored. Default: false, values are shared by reference. */
  readonly isolate?: Isolation;
  /** How often what expired is dropped, ms. Default: 60,000. */
  readonly purgeIntervalMs?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** The adapter over this process' own memory. */
export type MemoryAdapter = Adapter<unknown> & {
  readonly name: 'memory';
  readonly sync: SyncStore<unknown>;
  readonly expiry: Expiry<unknown>;
  readonly counters: FloatCounters;
  readonly scan: Scan;
};

/**
 * Keeps entries in the memory of this process, over lru-cache.
 * @throws CacheError `INVALID_OPTION`
 */
export function memoryAdapter(options: MemoryAdapterOptions = {}): MemoryAdapter {
  const {
    maxEntries = 10_000,
    maxBytes,
    isolate = false,
    clock = systemClock,
    purgeIntervalMs = 60_000,
  } = options;
  for (const [name, bound] of Object.entries({ maxEntries, maxBytes, purgeIntervalMs })) {
    if (bound === undefined || (Number.isSafeInteger(bound) && bound > 0)) continue;
    throw new CacheError('INVALID_OPTION', `memoryAdapter: ${name} must be a whole number above 0`);
  }
  if (isolate !== false && isolate !== 'clone' && isolate !== 'freeze') {
    throw new CacheError('INVALID_OPTION', "memoryAdapter: isolate must be false, 'clone' or 'freeze'");
  }
  const sizeOf = options.sizeOf ?? estimateBytes;
  const store = new Store({ maxEntries, maxBytes, sizeOf, purgeIntervalMs, clock });
  const { enter, leave } = isolationOf(isolate);
  let closed = false;

  /** Asynchronous on purpose, with effects at the call: a caller that forgot to await must notice. */
  async function each<I, R>(
    items: readonly I[],
    call: Call,
    run: (item: I) => Outcome<R>,
  ): Promise<Outcome<R>[]> {
    const refusal = refusalOf(call, clock, closed);
    return refusal === undefined ? items.map(run) : allFailed(items.length, refusal);
  }

  /** Puts a payload in place, or says why not; what was there stays then. */
  function put({ key, payload, ttlMs, pinned }: Omit<Write<unknown>, 'when'>): Outcome<WriteResult> {
    try {
      const size = store.measure(payload);
      if (size === undefined) return failed(tooLarge(maxBytes));
      const kept = enter(payload);
      const version = pinned && ttlMs === null ? store.pin(key, kept) : store.put(key, kept, ttlMs, size);
      return ok({ written: true, version });
    } catch (cause) {
      // Whoever has getters or a Proxy may throw what he likes, and so may `sizeOf`.
      return failed({
        code: 'INVALID_VALUE',
        message: UNFIT,
        retryable: false,
        outcome: 'not-applied',
        cause,
      });
    }
  }

  function read(key: string) {
    const slot = store.get(key);
    return slot === undefined ? undefined : { payload: leave(slot.payload), version: slot.version };
  }

  /** Adds to the counter that is there, or to a new one, which is kept only if the addition succeeds. */
  function addAt<N extends bigint | number>(
    key: string,
    by: N,
    initial: N,
    ttlMs: number | null,
  ): Outcome<N> {
    const slot = store.get(key);
    if (slot !== undefined) return addTo(isCell(slot.payload) ? slot.payload : undefined, by);
    const made: Cell = { counter: true, value: initial };
    const outcome = addTo(made, by);
    if (outcome.ok) store.put(key, made, ttlMs, store.measure(made) ?? 1);
    return outcome;
  }

  return defineAdapter({
    name: 'memory',
    payload: 'reference',
    limits: {
      maxKeyBytes: 65_535 * 2,
      maxValueBytes: Number.POSITIVE_INFINITY,
      maxTtlMs: Number.MAX_SAFE_INTEGER,
      ttlResolutionMs: 1,
    },
    read: (keys, call) => each(keys, call, (key) => ok(read(key))),
    write: (writes, call) =>
      each(writes, call, (write) => {
        return holds(write.when, store.get(write.key)) ? put(write) : ok({ written: false });
      }),
    remove: (removals, call) =>
      each(removals, call, ({ key, when }) => ok(holds(when, store.get(key)) && store.delete(key))),
    touch: (touches, call) =>
      each(touches, call, ({ key, ttlMs, when }) => {
        const slot = store.get(key);
        if (slot === undefined || !holds(when, slot)) return ok(false);
        store.renew(key, slot, ttlMs);
        return ok(true);
      }),
    async close() {
      closed = true;
      store.clear();
    },

    sync: {
      get(key) {
        const slot = store.get(key);
        return slot === undefined ? undefined : leave(slot.payload);
      },
      set(key, payload, ttlMs) {
        if (closed) throw new CacheError('CLOSED', 'set: the adapter was closed', { operation: 'set' });
        const outcome = put({ key, payload, ttlMs });
        if (!outcome.ok)
          throw new CacheError(outcome.error.code, `set: ${outcome.error.message}`, outcome.error);
      },
      delete: (key) => store.delete(key),
      clear: () => store.clear(),
    },

    expiry: {
      readAndTouch: (touches, call) =>
        each(touches, call, ({ key, ttlMs, when }) => {
          const slot = store.get(key);
          if (slot === undefined || !holds(when, slot)) return ok(undefined);
          store.renew(key, slot, ttlMs);
          return ok(read(key));
        }),
      remaining: (keys, call) => each(keys, call, (key) => ok(store.remainingMs(key))),
    },

    counters: {
      add: (additions, call) =>
        each(additions, call, ({ key, by, initial, ttlMs }) => addAt(key, by, initial, ttlMs)),
      addFloat: (additions, call) =>
        each(additions, call, ({ key, by, initial, ttlMs }) => addAt(key, by, initial, ttlMs)),
    },

    scan: {
      async page({ prefix, glob }, _cursor, _count, call) {
        const refusal = refusalOf(call, clock, closed);
        if (refusal !== undefined) return failed(refusal);
        const accepts = glob === undefined ? () => true : globMatcher(glob);
        const keys = store.keys().filter((key) => {
          return key.startsWith(prefix) && accepts(key.slice(prefix.length));
        });
        return ok({ keys, next: undefined });
      },
    },
  });
}

const UNFIT =
  'the value cannot be measured, cloned or frozen; store plain data, or neither isolate nor bound by bytes';

function tooLarge(maxBytes: number | undefined): Failure {
  const message = `the value exceeds the whole store of ${maxBytes} bytes; raise maxBytes or store less`;
  return { code: 'VALUE_TOO_LARGE', message, retryable: false, outcome: 'not-applied' };
}
