import { type AnyAdapter, type Call, traitsOf } from '../contract/adapter.ts';
import { FACETS, type Facets, type FloatCounters, type ScanMatch } from '../contract/facets.ts';
import type { Outcome } from '../contract/outcome.ts';

/** One call of a method that answers by items. */
export interface Step {
  /** The method: `read`, `write`, `counters.add`, … */
  readonly operation: string;
  /** Whether it can change something. */
  readonly isEffect: boolean;
  readonly items: readonly unknown[];
  readonly call: Call;
  /** Makes the call, or one of other items or with another deadline. */
  go(items?: readonly unknown[], call?: Call): Promise<Outcome<unknown>[]>;
}

/** What a layer does with each call. */
export type Around = (step: Step) => Promise<Outcome<unknown>[]>;

type Batch = (items: readonly unknown[], call: Call) => Promise<Outcome<unknown>[]>;

/**
 * An adapter whose every call over the network goes through one function. Its facets stay what they are; `sync`,
 * journals, subscriptions and events pass by.
 */
export function layered<A extends AnyAdapter>(adapter: A, around: Around): A {
  const batch = (operation: string, isEffect: boolean, method: unknown): Batch => {
    const inner = method as Batch;
    return (items, call) => {
      // Nothing is sent for nothing, so there is nothing to go round.
      if (items.length === 0) return inner(items, call);
      const go: Step['go'] = (others = items, otherCall = call) => inner(others, otherCall);
      return around({ operation, isEffect, items, call, go });
    };
  };
  /** For a method of one item. */
  const single = async <R>(
    operation: string,
    isEffect: boolean,
    call: Call,
    method: (call: Call) => Promise<Outcome<R>>,
  ): Promise<Outcome<R>> => {
    const go = async (_items: unknown, other = call): Promise<Outcome<R>[]> => [await method(other)];
    const [outcome] = await around({ operation, isEffect, items: [undefined], call, go });
    return outcome as Outcome<R>;
  };
  const facets: Partial<Record<keyof Facets<unknown>, unknown>> = {};
  for (const facet of FACETS) if (adapter[facet] !== undefined) facets[facet] = adapter[facet];
  const { expiry, counters, scan, server, pubsub } = adapter as Partial<Facets<unknown>>;
  if (expiry !== undefined) {
    facets.expiry = {
      readAndTouch: batch('expiry.readAndTouch', true, expiry.readAndTouch.bind(expiry)),
      remaining: batch('expiry.remaining', false, expiry.remaining.bind(expiry)),
    };
  }
  if (counters !== undefined) {
    const floats = 'addFloat' in counters ? (counters as FloatCounters) : undefined;
    facets.counters = {
      add: batch('counters.add', true, counters.add.bind(counters)),
      ...(floats !== undefined && {
        addFloat: batch('counters.addFloat', true, floats.addFloat.bind(floats)),
      }),
    };
  }
  if (scan !== undefined) {
    facets.scan = {
      page: (match: ScanMatch, cursor: string | undefined, count: number, call: Call) =>
        single('scan.page', false, call, (other) => scan.page(match, cursor, count, other)),
    };
  }
  if (server !== undefined) {
    facets.server = {
      report: batchless('server.report', (call) => server.report(call), around),
      client: () => server.client(),
    };
  }
  if (pubsub !== undefined) {
    facets.pubsub = {
      publish: (channel: string, text: string, call: Call) =>
        single('pubsub.publish', true, call, (other) => pubsub.publish(channel, text, other)),
      number: (channel: string, call: Call) =>
        single('pubsub.number', false, call, (other) => pubsub.number(channel, other)),
      subscribe: pubsub.subscribe.bind(pubsub),
    };
  }
  return {
    ...traitsOf(adapter),
    read: batch('read', false, adapter.read.bind(adapter)),
    write: batch('write', true, adapter.write.bind(adapter)),
    remove: batch('remove', true, adapter.remove.bind(adapter)),
    touch: batch('touch', true, adapter.touch.bind(adapter)),
    close: () => adapter.close(),
    ...facets,
  } as unknown as A;
}

/** A method that takes no items, and answers as many as there are nodes. */
function batchless<R>(
  operation: string,
  method: (call: Call) => Promise<Outcome<R>[]>,
  around: Around,
): (call: Call) => Promise<Outcome<R>[]> {
  return (call) => {
    const go = (_items: unknown, other = call): Promise<Outcome<R>[]> => method(other);
    return around({ operation, isEffect: false, items: [], call, go }) as Promise<Outcome<R>[]>;
  };
}
