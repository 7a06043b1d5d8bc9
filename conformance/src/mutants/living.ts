import { type CounterAdd, type Outcome, ok, type Scan } from '@cache/core';
import { turns } from '../kit/check.ts';
import { around, withoutFacets, withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant } from './mutant.ts';

const FOREVER = { deadline: Number.POSITIVE_INFINITY };

/** Defects of what an adapter declares, how it ends, waits and keeps order, and of its network. */
export const living: readonly Mutant[] = [
  adapterMutant('facet-lost', 'The facet scan is not there.', ['declared/facets'], ({ adapter }) =>
    withoutFacets(adapter, 'scan'),
  ),
  adapterMutant(
    'facet-undeclared',
    'There is a facet that nobody declared.',
    ['declared/facets'],
    (sound) => {
      return withParts(sound.adapter, {
        sync: { get: () => undefined, set: () => {}, delete: () => false, clear: () => {} },
      });
    },
  ),
  adapterMutant('facet-hollow', 'The facet scan has no method.', ['declared/methods'], ({ adapter }) =>
    withParts(adapter, { scan: {} as Scan }),
  ),
  adapterMutant('limits-wrong', 'A limit is not a number.', ['declared/limits'], ({ adapter }) => {
    return withParts(adapter, { limits: { ...adapter.limits, maxKeyBytes: Number.NaN } });
  }),
  adapterMutant('half-a-bucket', 'buckets is not whole.', ['declared/limits'], ({ adapter }) => {
    return withParts(adapter, { buckets: 1.5 });
  }),
  adapterMutant(
    'works-after-close',
    'After close everything goes on.',
    ['closed/refuses', 'closed/scan'],
    ({ adapter }) => {
      return withParts(adapter, { close: async () => {} });
    },
  ),
  adapterMutant('close-once', 'A second close rejects.', ['closed/twice'], ({ adapter }) => {
    let closed = false;
    return withParts(adapter, {
      close: async () => {
        if (closed) throw new Error('The client is closed');
        closed = true;
        await adapter.close();
      },
    });
  }),
  adapterMutant(
    'close-forgets-pending',
    'Calls that are under way at a close never settle.',
    ['closed/pending'],
    ({ adapter }) => {
      let closed = false;
      return withParts(
        around(adapter, async (_name, _items, go) => {
          const answers = await go();
          await turns(1);
          return closed ? await new Promise<never>(() => {}) : answers;
        }),
        {
          close: async () => {
            closed = true;
            await adapter.close();
          },
        },
      );
    },
  ),
  adapterMutant('signal-ignored', 'Signals are not looked at.', ['every/cancelled'], ({ adapter }) => {
    return around(adapter, (_name, items, go, { deadline }) => go(items, { deadline }));
  }),
  adapterMutant('deadline-ignored', 'Deadlines are not looked at.', ['every/late'], ({ adapter }) => {
    return around(adapter, (_name, items, go, call) => go(items, { ...call, ...FOREVER }));
  }),
  adapterMutant('abort-hangs', 'A call that is aborted never settles.', ['every/abort'], ({ adapter }) => {
    return around(adapter, async (_name, _items, go, { signal }) => {
      const before = signal?.aborted;
      const answers = await go();
      await turns(1);
      return signal?.aborted && !before ? await new Promise<never>(() => {}) : answers;
    });
  }),
  adapterMutant(
    'listener-left',
    'A call leaves its listener on the signal.',
    ['every/listeners'],
    ({ adapter }) => {
      return around(adapter, (_name, _items, go, { signal }) => {
        signal?.addEventListener('abort', () => {});
        return go();
      });
    },
  ),
  adapterMutant(
    'answers-at-once',
    'Methods answer a list, not a promise.',
    ['every/promise'],
    ({ adapter }) => {
      return withParts(adapter, { remove: (removals) => removals.map(() => ok(false)) as never });
    },
  ),
  adapterMutant(
    'shared-answer',
    'Calls at the same time get one another’s answers.',
    ['every/concurrent'],
    ({ adapter }) => {
      let last: Outcome<unknown>[] = [];
      return around(adapter, async (name, items, go) => {
        const answers = await go();
        if (name !== 'read' || items.length !== 1) return answers;
        last = answers;
        await turns(1);
        return last;
      });
    },
  ),
  adapterMutant(
    'unordered',
    'Writes take effect some time after their call.',
    [
      'order/writes',
      'order/write-read',
      'order/write-remove',
      'order/write-touch',
      'order/conditional-plain',
    ],
    ({ adapter }) => {
      let calls = 0;
      return around(adapter, async (name, _items, go) => {
        calls += 1;
        if (name === 'write') await turns(4 - (calls % 4));
        return await go();
      });
    },
  ),
  adapterMutant(
    'torn',
    'Writes of one key at the same time mix their bytes.',
    ['write/whole'],
    ({ adapter, shelf }) => {
      let open = 0;
      return withParts(adapter, {
        async write(writes, call) {
          open += 1;
          const mixed = writes.map((write) => {
            const held = shelf.get(write.key)?.held;
            const payload = write.payload as Uint8Array;
            if (open < 2 || !(held instanceof Uint8Array) || payload.length < 100) return write;
            return { ...write, payload: Uint8Array.from([...payload.subarray(0, 50), ...held.subarray(50)]) };
          });
          const answer = await adapter.write(mixed, call);
          open -= 1;
          return answer;
        },
      });
    },
  ),
  adapterMutant(
    'counters-apart',
    'Counters are removed some time after the call.',
    ['order/counters'],
    ({ adapter, shelf }) => {
      return around(adapter, async (name, items, go) => {
        if (
          name === 'remove' &&
          items.some((item) => typeof shelf.get((item as { key: string }).key)?.held === 'bigint')
        )
          await turns(2);
        return await go();
      });
    },
  ),
  adapterMutant(
    'small-additions-late',
    'A small amount is added to a counter far from 0 some time after the call.',
    ['order/counters-far'],
    ({ adapter, shelf }) => {
      const isFar = (n: unknown): boolean => typeof n === 'bigint' && (n >= 2n ** 62n || n <= -(2n ** 62n));
      return around(adapter, async (name, items, go) => {
        const isLate = (item: unknown): boolean => {
          const { key, by } = item as CounterAdd;
          return !isFar(by) && isFar(shelf.get(key)?.held);
        };
        if (name === 'add' && items.some(isLate)) await turns(2);
        return await go();
      });
    },
  ),
  adapterMutant('timer-left', 'Every call leaves a timer.', ['read/written'], ({ adapter }) => {
    return around(adapter, (_name, _items, go) => {
      setTimeout(() => {}, 6000);
      return go();
    });
  }),
];
