import { setImmediate as turn } from 'node:timers/promises';
import {
  type DeadLetter,
  memoryJournal,
  type WriteBehindEvent,
  type WriteBehindOptions,
  type WriteBehindRepository,
  writeBehind,
} from '../../src/index.ts';
import { ManualClock } from '../fake.ts';
import { type Opened, open, Table } from './open.ts';

export interface OpenedBehind extends Opened {
  readonly clock: ManualClock;
  readonly store: Table;
  readonly repository: WriteBehindRepository<string, number>;
  readonly events: WriteBehindEvent[];
  readonly dead: DeadLetter<string, number>[];
  /** Lets time pass in steps, and everything happen that follows. */
  pass(ms: number, stepMs?: number): Promise<void>;
}

/** Lets happen what needs no time. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 12; i += 1) await turn();
}

/** Write-behind over a cache in memory and a table, on a clock that stands still. */
export function openBehind(
  options: Partial<WriteBehindOptions<string, number>> = {},
  store: Table = new Table(),
): OpenedBehind {
  const opened = open();
  const clock = new ManualClock();
  const dead: DeadLetter<string, number>[] = [];
  const repository = writeBehind<string, number>({
    cache: opened.cache,
    store,
    journal: memoryJournal({ clock }),
    clock,
    random: () => 1,
    ...options,
  });
  const events: WriteBehindEvent[] = [];
  repository.on((event) => events.push(event));
  const pass = async (ms: number, stepMs: number = ms): Promise<void> => {
    await settled();
    for (let left = ms; left > 0; left -= stepMs) {
      clock.advance(Math.min(left, stepMs));
      await settled();
    }
  };
  // The fault of `opened` is asked through it.
  return Object.assign(opened, { clock, store, repository, events, dead, pass });
}

/** A table that takes many at once. */
export class ManyTable extends Table {
  readonly batches: string[][] = [];

  async setMany(entries: ReadonlyMap<string, number>): Promise<void> {
    const texts = Array.from(entries, ([key, value]) => `${key}=${value}`);
    for (const text of texts) await this.before(`set ${text}`);
    this.batches.push(texts);
    for (const [key, value] of entries) this.rows.set(key, value);
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.before(`delete ${key}`);
    this.batches.push(keys.map((key) => `-${key}`));
    for (const key of keys) this.rows.delete(key);
  }
}
