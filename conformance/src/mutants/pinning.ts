import { withParts } from '../kit/wrap.ts';
import { adapterMutant, cacheMutant, type Mutant } from './mutant.ts';

/** Defects of what is to be evicted last. */
export const pinning: readonly Mutant[] = [
  adapterMutant(
    'pin-ignored',
    'The store drops what is pinned with the rest.',
    ['pinned/outlives'],
    ({ adapter }) =>
      withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map(({ pinned: _pinned, ...write }) => write),
            call,
          ),
      }),
  ),
  adapterMutant('pin-insists', 'A pinned write heeds no condition.', ['pinned/ordinary'], ({ adapter }) =>
    withParts(adapter, {
      write: (writes, call) =>
        adapter.write(
          writes.map(({ when, ...write }) =>
            write.pinned || when === undefined ? write : { ...write, when },
          ),
          call,
        ),
    }),
  ),
  adapterMutant('pin-for-ever', 'What is pinned has no end.', ['pinned/life'], ({ adapter }) =>
    withParts(adapter, {
      write: (writes, call) =>
        adapter.write(
          writes.map((write) => (write.pinned ? { ...write, ttlMs: null } : write)),
          call,
        ),
    }),
  ),
  cacheMutant(
    'record-unpinned',
    'Nothing is pinned.',
    ['cache/namespaces/pinned'],
    (_cache, options, make) => {
      const { adapter } = options;
      return make({
        ...options,
        adapter: {
          ...adapter,
          write: (writes, call) =>
            adapter.write(
              writes.map(({ pinned: _pinned, ...write }) => write),
              call,
            ),
        },
      });
    },
  ),
];
