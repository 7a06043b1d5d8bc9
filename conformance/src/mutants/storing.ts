import type { StoreHarness } from '../store-harness.ts';
import { type SoundStore, storeHarnessOf } from './sound-store.ts';

/** A broken store or journal: one small defect in something sound, and the rules that must catch it. */
export interface PartMutant<H> {
  readonly name: string;
  /** The defect, in one sentence. */
  readonly does: string;
  readonly caughtBy: readonly string[];
  readonly harness: H;
}

/** The sound store, with some of its methods in place of its own. */
type Change = (store: SoundStore) => Partial<SoundStore>;

/** Defects of sources of truth. */
export const storing: readonly PartMutant<StoreHarness>[] = [
  mutant(
    'phantom',
    'What is not there reads as an empty text.',
    ['store/absent', 'store/deleted'],
    (store) => ({
      get: async (key) => (store.rows.get(key)?.value === undefined ? '' : store.rows.get(key)?.value),
    }),
  ),
  mutant('late-set', 'A write resolves before it is made.', ['store/written'], (store) => ({
    set: async (key, value, call) => void setImmediate(() => store.put(key, value, call)),
  })),
  mutant('set-merges', 'A write merges into what is there.', ['store/replaces'], (store) => ({
    set: async (key, value, call) => {
      const before = store.rows.get(key)?.value;
      store.put(key, { ...(value as object), ...(before as object | undefined) }, call);
    },
  })),
  mutant(
    'delete-kept',
    'A deletion leaves null under its key, which `has` takes for a value.',
    ['store/deleted'],
    (store) => ({
      delete: async (key, call) => store.put(key, null, call),
      has: async (key) => store.rows.has(key),
    }),
  ),
  mutant('delete-prefix', 'A deletion removes what begins with its key.', ['store/characters'], (store) => ({
    delete: async (key) => {
      for (const other of [...store.rows.keys()]) if (other.startsWith(key)) store.rows.delete(other);
      return true;
    },
  })),
  mutant('delete-all', 'A deletion removes everything.', ['store/apart', 'store/delete-many'], (store) => ({
    delete: async () => {
      store.rows.clear();
      return true;
    },
    deleteMany: async () => store.rows.clear(),
  })),
  mutant('case-folded', 'Keys are folded to lower case.', ['store/characters'], (store) => ({
    set: async (key, value, call) => void store.put(key.toLowerCase(), value, call),
    get: async (key) => store.rows.get(key.toLowerCase())?.value,
    has: async (key) => store.rows.has(key.toLowerCase()),
  })),
  mutant('shared-buffer', 'Writes at the same time share a buffer.', ['store/together'], (store) => {
    let buffer: unknown;
    return {
      set: async (key, value, call) => {
        buffer = value;
        await Promise.resolve();
        store.put(key, buffer, call);
      },
    };
  }),
  mutant('refusal-silent', 'What it refuses resolves.', ['store/refused', 'store/many-refused'], (store) => ({
    set: async (key, value, call) => void (value === 'refused' || store.put(key, value, call)),
    setMany: async (entries) => {
      for (const [key, value] of entries) if (value !== 'refused') store.put(key, value);
    },
  })),
  mutant('abort-hangs', 'A call that is aborted never settles.', ['store/aborted'], (store) => ({
    set: async (key, value, call) => {
      await Promise.resolve();
      if (call?.signal?.aborted) await new Promise(() => {});
      store.put(key, value, call);
    },
  })),
  mutant('many-by-place', 'getMany answers a key for what is not there.', ['store/get-many'], (store) => ({
    getMany: async (keys) => new Map(keys.map((key) => [key, store.rows.get(key)?.value])),
  })),
  mutant(
    'many-one',
    'setMany writes the first entry alone.',
    ['store/set-many', 'store/many-large'],
    (store) => ({
      setMany: async (entries) => {
        for (const [key, value] of entries) return void store.put(key, value);
      },
    }),
  ),
  mutant(
    'fence-ignored',
    'Older writes are made.',
    ['store/fence-older', 'store/fence-deleted', 'store/fence-race'],
    () => ({
      isNewer: () => true,
    }),
  ),
  mutant('fence-as-text', 'Pairs are compared as texts.', ['store/fence-newer'], () => ({
    isNewer: (one, other) =>
      String(one.fence) > String(other.fence) ||
      (one.fence === other.fence && String(one.sequence) >= String(other.sequence)),
  })),
  mutant('fence-strict', 'A write that is made again rejects.', ['store/fence-again'], (store) => ({
    set: async (key, value, call) => {
      const before = store.rows.get(key);
      const again = before?.sequence === call?.sequence && before?.fence === call?.fence;
      if (call?.fence !== undefined && again) throw new Error('conflict');
      store.put(key, value, call);
    },
  })),
  mutant('fence-forgotten', 'A deletion forgets the pair.', ['store/fence-deleted'], (store) => ({
    delete: async (key, call) => store.put(key, undefined, call) && store.rows.delete(key),
  })),
  mutant('fence-demanded', 'A write without a pair is ignored.', ['store/fence-none'], (store) => ({
    set: async (key, value, call) => void (call?.fence !== undefined && store.put(key, value, call)),
  })),
  mutant('fence-of-batch', 'A batch writes with the highest sequence.', ['store/fence-many'], (store) => ({
    setMany: async (entries, { sequences: _sequences, ...call } = {}) => {
      for (const [key, value] of entries) store.put(key, value, call);
    },
  })),
];

function mutant(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: Change,
): PartMutant<StoreHarness> {
  const harness = storeHarnessOf(name, (store) => Object.assign(store, change(store)));
  return { name, does, caughtBy, harness };
}
