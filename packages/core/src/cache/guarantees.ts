import type { AnyAdapter } from '../contract/adapter.ts';
import type { Bus } from '../contract/bus.ts';

/** One of the guarantees of CONTRACT.md, as it holds for one cache. */
export interface Guarantee {
  /** `bounded`: for a time that `boundMs` says, something older may be returned. */
  readonly holds: 'yes' | 'bounded' | 'no';
  /** In words. */
  readonly says: string;
  /** ms; absent where nothing is bounded by time. */
  readonly boundMs?: number;
}

/** Those that depend on what a cache is made of. */
export interface Guarantees {
  /** Every call settles by its deadline. */
  readonly settles: Guarantee;
  /** No value that was loaded before an invalidation is kept, or returned after it; but for what replicas return. */
  readonly noStaleFill: Guarantee;
  /** One load a key. */
  readonly oneLoad: Guarantee;
  /** What the local tier returns is current. */
  readonly localStaleness: Guarantee;
  /** What replicas return is current: it has every write that had been acknowledged, the caller's own too. */
  readonly replicaStaleness: Guarantee;
  /** Reads go on without the server; an invalidation that fails is told. */
  readonly failures: Guarantee;
}

/** What decides about them. */
export interface Composition {
  readonly adapter: AnyAdapter;
  readonly hasLocal: boolean;
  readonly bus: Bus | undefined;
  /** `Infinity` = none. */
  readonly localTtlMs: number;
  readonly timeoutMs: number;
  readonly leaseMs: number;
  readonly onReadFailure: 'miss' | 'throw';
  readonly onInvalidationFailure: 'reject' | 'queue';
}

/** What a cache of this composition promises: G1, G2, G3, G4 and G8 of CONTRACT.md. */
export function guaranteesOf(composition: Composition): Guarantees {
  const { timeoutMs } = composition;
  return {
    settles: { holds: 'yes', says: `within ${timeoutMs} ms, or the timeout of the call`, boundMs: timeoutMs },
    noStaleFill: noStaleFill(composition),
    oneLoad: oneLoad(composition),
    localStaleness: localStaleness(composition),
    replicaStaleness: replicaStaleness(composition),
    failures: failures(composition),
  };
}

function noStaleFill({ adapter, onInvalidationFailure }: Composition): Guarantee {
  const from =
    onInvalidationFailure === 'queue'
      ? 'from when an invalidation was carried out: one that the server did not take resolves as queued'
      : 'from when an invalidation resolved';
  const { losses = [] } = adapter;
  if (losses.length === 0) return { holds: 'yes', says: from };
  const undone = `${losses.join(', ')} may undo what the server had acknowledged`;
  return { holds: 'bounded', says: `${from}; but ${undone}, then values are as old as they live` };
}

function oneLoad({ adapter, leaseMs }: Composition): Guarantee {
  if (adapter.payload === 'reference')
    return { holds: 'yes', says: 'in this process, where all entries are' };
  // A lease is seen by those who read where it is.
  const who = adapter.hasUnseenCopies === true ? 'among those who use the same server' : 'in the fleet';
  const says = `${who}; where a holder dies, another loads once its lease has ended`;
  return { holds: 'bounded', says, boundMs: leaseMs };
}

function localStaleness({ hasLocal, bus, localTtlMs }: Composition): Guarantee {
  if (!hasLocal) return { holds: 'yes', says: 'there is no local tier: each read asks the adapter' };
  if (bus === undefined) {
    return { holds: 'bounded', says: 'a copy may be as old as localTtl', boundMs: localTtlMs };
  }
  if (bus.tells === 'with-change') {
    const says = 'current to within a delivery; to within the silence of the bus where messages are lost';
    return { holds: 'bounded', says, boundMs: Math.min(bus.silenceMs, localTtlMs) };
  }
  const says =
    'current to within a delivery; to within the silence of the bus where messages are lost; ' +
    'as old as localTtl where a process dies between its change and telling it';
  return { holds: 'bounded', says, boundMs: localTtlMs };
}

function replicaStaleness({ adapter, hasLocal }: Composition): Guarantee {
  if (adapter.hasReplicas !== true)
    return { holds: 'yes', says: 'there are none: each read asks the server' };
  if (hasLocal) {
    return {
      holds: 'yes',
      says: 'none are asked: a local tier keeps nothing that may be out of date already',
    };
  }
  const says =
    'a hit may come from a replica, and is as old as that is behind, for which there is no bound but the life of the ' +
    'value: what was invalidated, or written by this process, may be returned as it was before; ' +
    'nothing is kept or decided by it';
  return { holds: 'no', says };
}

function failures({ adapter, onReadFailure, onInvalidationFailure }: Composition): Guarantee {
  const reads = onReadFailure === 'miss' ? 'reads answer a miss' : 'reads reject';
  const invalidations = onInvalidationFailure === 'queue' ? 'are queued in this process' : 'reject';
  if (adapter.hasUnseenCopies === true) {
    const says = `without both servers ${reads}, loads go on; without one of them invalidations ${invalidations}`;
    return { holds: 'yes', says };
  }
  return { holds: 'yes', says: `without the server ${reads}, loads go on, invalidations ${invalidations}` };
}
