import type { Adapter, AnyAdapter, Call } from '../contract/adapter.ts';
import type { Counters, Expiry, Facets, FloatCounters } from '../contract/facets.ts';
import type { Outcome } from '../contract/outcome.ts';
import { CacheError } from '../error.ts';
import { hashTag } from '../key.ts';
import { Rendezvous } from '../rendezvous.ts';
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

/** One of several adapters. */
export interface PartitionNode<A extends AnyAdapter = AnyAdapter> {
  /** Decides, with the key, what lives here: the same in every process, and for ever. */
  readonly name: string;
  readonly adapter: A;
}

/** Several adapters, divided among by key. */
export type Partition<A extends AnyAdapter> = Common<A>;

/** As many parts as a namespace is split into, so that each node gets its share of them. */
const BUCKETS = 32;

/**
 * Several adapters as one, divided by rendezvous hashing of the hash tag of a key: a node that is added takes its share
 * from each of the others, and nothing else moves. What moves is not there until it is written anew; entries that a
 * node held before it was taken away are there again when it comes back, so it must come back empty.
 * @throws CacheError `INVALID_OPTION` for no nodes, equal names, or adapters of different payloads
 */
export function partition<const N extends readonly PartitionNode[]>(
  nodes: N,
  _options: { readonly hash: 'rendezvous' } = { hash: 'rendezvous' },
): Partition<N[number]['adapter']> {
  const [first] = nodes;
  if (first === undefined) throw new CacheError('INVALID_OPTION', 'partition needs adapters');
  if (new Set(nodes.map(({ name }) => name)).size < nodes.length) {
    throw new CacheError('INVALID_OPTION', 'partition: each adapter needs a name of its own');
  }
  if (nodes.some(({ adapter }) => adapter.payload !== first.adapter.payload)) {
    throw new CacheError('INVALID_OPTION', 'partition: all adapters must keep bytes, or all references');
  }
  const adapters: readonly AnyAdapter[] = nodes.map(({ adapter }) => adapter);
  const split = new Split(adapters, new Rendezvous(nodes.map(({ name }) => name)));
  const { losses = [], ...about } = aboutSeveral(adapters);
  const whole: Adapter<unknown> = {
    name: `partition of ${first.adapter.name}`,
    payload: first.adapter.payload,
    ...about,
    buckets: Math.max(BUCKETS, ...adapters.map(({ buckets }) => buckets ?? 1)),
    losses: ['a change of the nodes', ...losses],
    read: (keys, call) =>
      split.run(
        keys,
        (key) => key,
        (one, own) => one.read(own, call),
      ),
    write: (writes, call) => split.run(writes, keyOf, (one, own) => one.write(own, call)),
    remove: (removals, call) => split.run(removals, keyOf, (one, own) => one.remove(own, call)),
    touch: (touches, call) => split.run(touches, keyOf, (one, own) => one.touch(own, call)),
    async close() {
      await Promise.all(adapters.map((one) => one.close()));
    },
  };
  return { ...whole, ...facetsOf(adapters, split) } as unknown as Partition<N[number]['adapter']>;
}

function keyOf({ key }: { readonly key: string }): string {
  return key;
}

/** Divides batches, and puts the answers together by position. */
class Split {
  readonly #adapters: readonly AnyAdapter[];
  readonly #places: Rendezvous;

  constructor(adapters: readonly AnyAdapter[], places: Rendezvous) {
    this.#adapters = adapters;
    this.#places = places;
  }

  async run<I, R>(
    items: readonly I[],
    key: (item: I) => string,
    go: (adapter: AnyAdapter, items: I[]) => Promise<Outcome<R>[]>,
  ): Promise<Outcome<R>[]> {
    const shares = new Map<number, number[]>();
    items.forEach((item, index) => {
      const place = this.#places.placeOf(hashTag(key(item)));
      const share = shares.get(place);
      if (share === undefined) shares.set(place, [index]);
      else share.push(index);
    });
    const outcomes = new Array<Outcome<R>>(items.length);
    const answers = Array.from(shares, async ([place, share]) => {
      const own = await go(
        this.#adapters[place] as AnyAdapter,
        share.map((index) => items[index] as I),
      );
      for (const [at, index] of share.entries()) outcomes[index] = own[at] as Outcome<R>;
    });
    await Promise.all(answers);
    return outcomes;
  }
}

function facetsOf(adapters: readonly AnyAdapter[], split: Split): Partial<Facets<unknown>> {
  const haveAll = (facet: CommonFacet): boolean => allHave(adapters, facet);
  return {
    ...(haveAll('expiry') && {
      expiry: {
        readAndTouch: (touches, call) =>
          split.run(touches, keyOf, (one, own) => (one.expiry as Expiry<unknown>).readAndTouch(own, call)),
        remaining: (keys, call) =>
          split.run(
            keys,
            (key) => key,
            (one, own) => (one.expiry as Expiry<unknown>).remaining(own, call),
          ),
      },
    }),
    ...(haveAll('counters') && {
      counters: {
        add: (additions, call) =>
          split.run(additions, keyOf, (one, own) => (one.counters as Counters).add(own, call)),
        ...(allHaveFloats(adapters) && {
          addFloat: (additions: Parameters<FloatCounters['addFloat']>[0], call: Call) =>
            split.run(additions, keyOf, (one, own) => (one.counters as FloatCounters).addFloat(own, call)),
        }),
      },
    }),
    ...(haveAll('scan') && { scan: scanOf(adapters) }),
    ...(haveAll('server') && { server: serverOf(adapters) }),
    ...(haveAll('connection') && { connection: connectionOf(adapters, 'all') }),
  };
}
