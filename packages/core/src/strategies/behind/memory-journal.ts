import { type Clock, systemClock } from '../../clock.ts';
import type { Journal, JournalRecord } from '../../contract/journal.ts';
import { CacheError } from '../../error.ts';

/** Where a sequence begins: µs since 1970, so that it rises over restarts, and stays exact beyond the year 2200. */
const US_PER_MS = 1000;

/**
 * A journal that keeps nothing: what is not applied when this process ends is lost. For what may be lost, for tests,
 * and behind `close()`, which drains.
 */
export function memoryJournal({ clock = systemClock }: { readonly clock?: Clock } = {}): Journal {
  const records = new Map<number, JournalRecord>();
  let last = 0;
  let closed = false;
  let fence = 0;
  let tenure = new AbortController();
  const check = (operation: string): void => {
    if (closed) throw new CacheError('CLOSED', `${operation}: the journal was closed`, { operation });
  };
  return {
    name: 'memory',
    keeps: 'nothing',
    async claim() {
      check('claim');
      // Whoever had it is in this process as well, and is told at once.
      tenure.abort();
      tenure = new AbortController();
      fence = Math.max(fence + 1, clock.now() * US_PER_MS);
      return { fence, lost: tenure.signal };
    },
    async append(added) {
      check('append');
      return added.map((bytes) => {
        last = Math.max(last + 1, clock.now() * US_PER_MS);
        records.set(last, { sequence: last, bytes: bytes.slice() });
        return last;
      });
    },
    async read(after, most) {
      check('read');
      return [...records.values()].filter(({ sequence }) => sequence > after).slice(0, most);
    },
    async acknowledge(sequences) {
      check('acknowledge');
      for (const sequence of sequences) records.delete(sequence);
    },
    async close() {
      closed = true;
    },
  };
}
