import { type Clock, systemClock } from '../clock.ts';
import type {
  Adapter,
  AnyAdapter,
  Call,
  Removal,
  Stored,
  Touch,
  Write,
  WriteResult,
} from '../contract/adapter.ts';
import type { CounterAdd, Counters, Expiry, Facets, FloatAdd, FloatCounters } from '../contract/facets.ts';
import { type Outcome, ok } from '../contract/outcome.ts';
import { type Duration, parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';
import { type Effect, Pair } from './pair.ts';
import {
  aboutSeveral,
  allHave,
  allHaveFloats,
  type Common,
  type CommonFacet,
  connectionOf,
  scanOf,
  serverOf,
} from './several.ts';
import { Side } from './side.ts';
import { sided } from './sided.ts';

export interface FailoverOptions {
  /** After how many failed calls, one after the other, a server is left alone. Default: 5. */
  readonly failures?: number;
  /** How often it is tried whether it is back. Default: 1 s. */
  readonly open?: Duration;
  /** How many keys are remembered at most for a server that is out; beyond it invalidations fail. Default: 100,000. */
  readonly remembered?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Two adapters of which the one stands in for the other. */
export type Failover<P extends AnyAdapter, S extends AnyAdapter> = Common<P | S>;

/**
 * Reads, loads and fills go to the primary while it answers, else to the secondary. An invalidation needs both.
 *
 * Processes do not agree on which server is in use: one may have lost a server that all others reach. So at any time
 * some may read the one and some the other, and what was said to be gone must be gone from both. Hence:
 *
 * - Each server is a whole cache by itself, with records, leases and versions of its own. A version names its side and
 *   is refused by the other, so that a load which began on one side is never kept on the other.
 * - What invalidates (removals, writes that are no fills, touches, counters) is done on the side in use and removes the
 *   key on the other one, at the same time. It succeeds once both have done it. Removals can be repeated and exchanged,
 *   and taking too much away is never wrong: without its record a namespace is empty.
 * - Fills go to the side in use alone (`invalidates: false`), so loads are kept while one server is out.
 * - What a server missed is remembered in this process, which reads from that server only after it was removed there.
 *
 * So an invalidation that resolved is never undone, in any process, whichever server dies or comes back with what it
 * held. While one is out, invalidations fail as `unknown`; they are carried out on the other one, and by this process on
 * the one that is out as soon as it is back, before anything is read from it here. Another process may read there what
 * is older until then, or as long as it lives, if this process ends before. A cache with `onInvalidationFailure: 'queue'`
 * goes on meanwhile.
 *
 * The side that comes into use has only what was filled while it was in use before: it is cold, and its values are as
 * old as they live where nothing invalidated them. Leases, `add` and counters hold on one side: two processes that do
 * not use the same one may both load a key, or both add it; a counter begins anew.
 * @throws CacheError `INVALID_OPTION` or `INVALID_TTL`
 */
export function failover<const P extends AnyAdapter, const S extends AnyAdapter>(
  primary: P,
  secondary: S,
  { failures = 5, open = 1000, remembered = 100_000, clock = systemClock }: FailoverOptions = {},
): Failover<P, S> {
  for (const [name, count] of Object.entries({ failures, remembered })) {
    if (Number.isInteger(count) && count > 0) continue;
    throw new CacheError('INVALID_OPTION', `failover: ${name} must be a whole number above 0`);
  }
  if (primary.payload !== secondary.payload) {
    throw new CacheError('INVALID_OPTION', 'failover: both adapters must keep bytes, or both references');
  }
  const settings = { failures, openMs: parseDuration(open, 'open'), clock };
  const sides = [new Side(primary, 'p', settings), new Side(secondary, 's', settings)] as const;
  const pair = new Pair(sides, clock, remembered);
  const buckets = Math.max(primary.buckets ?? 1, secondary.buckets ?? 1);
  const whole: Adapter<unknown> = {
    name: `failover of ${primary.name} to ${secondary.name}`,
    payload: primary.payload,
    ...aboutSeveral([primary, secondary]),
    ...(buckets > 1 && { buckets }),
    hasUnseenCopies: true,
    read: (keys, call) =>
      pair.ask(keys, call, async (adapter, side) => {
        return (await adapter.read(keys, call)).map((outcome) => storedOf(side, outcome));
      }),
    write: (writes, call) => pair.change(writes, call, WRITE),
    remove: (removals, call) => pair.change(removals, call, REMOVE),
    touch: (touches, call) => pair.change(touches, call, TOUCH),
    close: () => pair.close(),
  };
  return { ...whole, ...facetsOf([primary, secondary], pair) } as unknown as Failover<P, S>;
}

const WRITE: Effect<Write<unknown>, WriteResult> = {
  send: (adapter, writes, call) => adapter.write(writes, call),
  refused: { written: false },
  answer: (result, { sign }) => {
    return result.written ? { written: true, version: sided(sign, result.version) } : result;
  },
  happened: ({ written }) => written,
};

const REMOVE: Effect<Removal, boolean> = {
  send: (adapter, removals, call) => adapter.remove(removals, call),
  refused: false,
  answer: (was, _side, elsewhere) => was || elsewhere,
  happened: (was) => was,
};

const TOUCH: Effect<Touch, boolean> = {
  send: (adapter, touches, call) => adapter.touch(touches, call),
  refused: false,
  answer: (was) => was,
  happened: (was) => was,
};

function storedOf<T>(side: Side, outcome: Outcome<Stored<T> | undefined>): Outcome<Stored<T> | undefined> {
  if (!outcome.ok || outcome.value === undefined) return outcome;
  const { payload, version } = outcome.value;
  return ok({ payload, version: sided(side.sign, version) });
}

function facetsOf(adapters: readonly [AnyAdapter, AnyAdapter], pair: Pair): Partial<Facets<unknown>> {
  const both = (facet: CommonFacet): boolean => allHave(adapters, facet);
  return {
    ...(both('expiry') && { expiry: expiryOf(pair) }),
    ...(both('counters') && {
      counters: {
        add: (additions, call) => pair.change(additions, call, ADD),
        ...(allHaveFloats(adapters) && {
          addFloat: (additions: readonly FloatAdd[], call: Call) => pair.change(additions, call, ADD_FLOAT),
        }),
      },
    }),
    // On either side, so that what is deleted by pattern is found on both.
    ...(both('scan') && { scan: scanOf(adapters) }),
    ...(both('server') && { server: serverOf(adapters, () => pair.refused) }),
    ...(both('connection') && { connection: connectionOf(adapters, 'any') }),
  };
}

const ADD: Effect<CounterAdd, bigint> = {
  send: (adapter, additions, call) => (adapter.counters as Counters).add(additions, call),
  refused: 0n,
  answer: (value) => value,
  happened: () => true,
};

const ADD_FLOAT: Effect<FloatAdd, number> = {
  send: (adapter, additions, call) => (adapter.counters as FloatCounters).addFloat(additions, call),
  refused: 0,
  answer: (value) => value,
  happened: () => true,
};

/** A read, though it lengthens a life: it is to succeed on one side, and says nothing of the other. */
const READ_AND_TOUCH: Effect<Touch, Stored<unknown> | undefined> = {
  send: (adapter, touches, call) => (adapter.expiry as Expiry<unknown>).readAndTouch(touches, call),
  refused: undefined,
  answer: (stored, side) => stored && { ...stored, version: sided(side.sign, stored.version) },
  happened: (stored) => stored !== undefined,
};

function expiryOf(pair: Pair): Expiry<unknown> {
  return {
    readAndTouch: (touches, call) => {
      const items = touches.map((touch): Touch => ({ ...touch, invalidates: false }));
      return pair.change(items, call, READ_AND_TOUCH);
    },
    remaining: (keys, call) =>
      pair.ask(keys, call, (adapter) => (adapter.expiry as Expiry<unknown>).remaining(keys, call)),
  };
}
