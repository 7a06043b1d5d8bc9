import { type Call, FACETS, type FacetName, type Outcome, type ScanMatch, traitsOf } from '@cache/core';
import type { TestAdapter } from './bench.ts';
import { floatsOf } from './check.ts';

/** Part of an adapter, to be put in place of its own. */
export type Overrides = Partial<TestAdapter>;

/**
 * The adapter with some of its parts replaced; facets and limits stay unless they are given. Except `sync`, which would
 * be a way around a `read` or `write` that was replaced.
 */
export function withParts(adapter: TestAdapter, parts: Overrides): TestAdapter {
  const whole: TestAdapter = {
    ...traitsOf(adapter),
    read: (keys, call) => adapter.read(keys, call),
    write: (writes, call) => adapter.write(writes, call),
    remove: (removals, call) => adapter.remove(removals, call),
    touch: (touches, call) => adapter.touch(touches, call),
    close: () => adapter.close(),
  };
  const facets: Record<string, unknown> = {};
  for (const facet of FACETS) {
    const isBypass = facet === 'sync' && (parts.read ?? parts.write) !== undefined;
    if (adapter[facet] !== undefined && !isBypass) facets[facet] = adapter[facet];
  }
  return { ...whole, ...facets, ...parts };
}

/** The adapter without some of its facets. */
export function withoutFacets(adapter: TestAdapter, ...facets: FacetName[]): TestAdapter {
  const rest: Record<string, unknown> = { ...withParts(adapter, {}) };
  for (const facet of facets) delete rest[facet];
  return rest as unknown as TestAdapter;
}

export type MethodName = 'read' | 'write' | 'remove' | 'touch';

export const METHOD_NAMES: readonly MethodName[] = ['read', 'write', 'remove', 'touch'];

type AnyBatch = (items: readonly unknown[], call: Call) => Promise<Outcome<unknown>[]>;

/** Something that happens in place of every batched call; `go` makes the call itself. */
export type Around = (
  name: string,
  items: readonly unknown[],
  go: (items?: readonly unknown[], call?: Call) => Promise<Outcome<unknown>[]>,
  call: Call,
) => Promise<Outcome<unknown>[]>;

/** The adapter with every batched method, those of its facets too, going through one function. */
export function around(adapter: TestAdapter, run: Around): TestAdapter {
  const wrap = (name: string, method: unknown): unknown => {
    const inner = method as AnyBatch;
    return (items: readonly unknown[], call: Call) => {
      return run(name, items, (others = items, otherCall = call) => inner(others, otherCall), call);
    };
  };
  const parts: Record<string, unknown> = {};
  for (const name of METHOD_NAMES) parts[name] = wrap(name, adapter[name].bind(adapter));
  const { expiry, counters } = adapter;
  if (expiry !== undefined) {
    parts.expiry = {
      readAndTouch: wrap('readAndTouch', expiry.readAndTouch.bind(expiry)),
      remaining: wrap('remaining', expiry.remaining.bind(expiry)),
    };
  }
  if (counters !== undefined) {
    const floats = floatsOf(counters);
    parts.counters = {
      add: wrap('add', counters.add.bind(counters)),
      ...(floats !== undefined && { addFloat: wrap('addFloat', floats.addFloat.bind(floats)) }),
    };
  }
  const { scan, server } = adapter;
  if (server !== undefined) {
    parts.server = {
      report: (call: Call) =>
        run('report', [undefined], (_items, other = call) => server.report(other), call),
      client: () => server.client(),
    };
  }
  if (scan !== undefined) {
    parts.scan = {
      page: async (match: ScanMatch, cursor: string | undefined, count: number, call: Call) => {
        const go = async (items: readonly unknown[] = [match], other = call): Promise<Outcome<unknown>[]> => [
          await scan.page(items[0] as ScanMatch, cursor, count, other),
        ];
        const [answer] = await run('page', [match], go, call);
        return answer;
      },
    };
  }
  return withParts(adapter, parts as Overrides);
}
