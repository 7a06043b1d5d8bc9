import type { Adapter, Call } from '../contract/adapter.ts';
import type { BusLine } from '../contract/bus.ts';
import type { Outcome } from '../contract/outcome.ts';

/** What core sends through. */
export type Store<P> = Pick<Adapter<P>, 'read' | 'write' | 'remove' | 'touch'>;

/**
 * A store that tells the others of every change before it answers. What could not be told fails, as applied: the copies
 * of others then count for as long as `localTtl`.
 */
export function telling<P>(store: Store<P>, tell: NonNullable<BusLine['tell']>): Store<P> {
  async function told<I extends { readonly key: string }, R>(
    items: readonly I[],
    answering: Promise<Outcome<R>[]>,
    happened: (value: R, item: I) => boolean,
    call: Call,
  ): Promise<Outcome<R>[]> {
    const outcomes = await answering;
    const isTold = outcomes.map((outcome, index) => {
      if (!outcome.ok) return outcome.error.outcome !== 'not-applied';
      return happened(outcome.value, items[index] as I);
    });
    const keys = new Set(items.filter((_item, index) => isTold[index]).map(({ key }) => key));
    if (keys.size === 0) return outcomes;
    const telling = await tell([...keys], call);
    if (telling.ok) return outcomes;
    const message = `it was changed, but the bus did not take it: ${telling.error.message}`;
    const error = { ...telling.error, message, outcome: 'applied' } as const;
    return outcomes.map((outcome, index) => (outcome.ok && isTold[index] ? { ok: false, error } : outcome));
  }

  return {
    read: (keys, call) => store.read(keys, call),
    write: (writes, call) => told(writes, store.write(writes, call), ({ written }) => written, call),
    // Others may hold copies of what the server has lost.
    remove: (removals, call) =>
      told(removals, store.remove(removals, call), (was, { when }) => was || when === undefined, call),
    touch: (touches, call) => told(touches, store.touch(touches, call), (was) => was, call),
  };
}
