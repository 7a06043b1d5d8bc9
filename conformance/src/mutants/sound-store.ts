import type { DataStore, ManyCall, StoreCall } from '@cache/core';
import type { StoreHarness } from '../store-harness.ts';

/** A row with its place among all writes; of what was deleted, too. */
interface Row {
  readonly value: unknown;
  readonly fence: number;
  readonly sequence: number;
}

/** What a store owes the strategies in the fewest words: a Map of copies. What the mutants of stores break. */
export class SoundStore implements DataStore<string, unknown> {
  readonly fenced = true;
  readonly rows: Map<string, Row> = new Map();

  async get(key: string): Promise<unknown> {
    const value = this.rows.get(key)?.value;
    return value === undefined ? undefined : structuredClone(value);
  }

  async set(key: string, value: unknown, call?: StoreCall): Promise<void> {
    check(value);
    this.put(key, value, call);
  }

  async delete(key: string, call?: StoreCall): Promise<boolean> {
    const was = this.rows.get(key)?.value !== undefined;
    return this.put(key, undefined, call) && was;
  }

  async has(key: string): Promise<boolean> {
    return this.rows.get(key)?.value !== undefined;
  }

  async getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    for (const key of keys) {
      const value = this.rows.get(key)?.value;
      if (value !== undefined) found.set(key, structuredClone(value));
    }
    return found;
  }

  async setMany(entries: ReadonlyMap<string, unknown>, call?: ManyCall<string>): Promise<void> {
    for (const value of entries.values()) check(value);
    for (const [key, value] of entries) this.put(key, value, ownCall(key, call));
  }

  async deleteMany(keys: readonly string[], call?: ManyCall<string>): Promise<void> {
    for (const key of keys) this.put(key, undefined, ownCall(key, call));
  }

  /** Whether it was made, and not ignored as older. */
  put(key: string, value: unknown, { fence, sequence }: StoreCall = {}): boolean {
    const before = this.rows.get(key) ?? { fence: 0, sequence: 0 };
    const place = { fence: fence ?? before.fence, sequence: sequence ?? before.sequence };
    if (!this.isNewer(place, before)) return false;
    this.rows.set(key, { value: structuredClone(value), ...place });
    return true;
  }

  isNewer(one: Omit<Row, 'value'>, other: Omit<Row, 'value'>): boolean {
    return one.fence > other.fence || (one.fence === other.fence && one.sequence >= other.sequence);
  }
}

const REFUSED = 'refused';

function check(value: unknown): void {
  if (value === REFUSED) throw new RangeError('violates a constraint');
}

function ownCall(key: string, { sequences, ...call }: ManyCall<string> = {}): StoreCall {
  const sequence = sequences?.get(key);
  return sequence === undefined ? call : { ...call, sequence };
}

/** The harness of a store: sound, or as it was changed. */
export function storeHarnessOf(name: string, change: (sound: SoundStore) => SoundStore): StoreHarness {
  return {
    name,
    refused: () => REFUSED,
    patienceMs: 500,
    async open() {
      const store = change(new SoundStore()) as DataStore<unknown, unknown>;
      return { store, [Symbol.asyncDispose]: async () => undefined };
    },
  };
}
