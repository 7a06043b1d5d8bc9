import type { JournalHarness } from '../journal-harness.ts';
import { journalHarnessOf, type SoundJournal } from './sound-journal.ts';
import type { PartMutant } from './storing.ts';

type Place = SoundJournal['place'];

/** The sound journal, with some of its methods in place of its own. */
type Change = (journal: SoundJournal, place: Place) => Partial<SoundJournal>;

/** Defects of journals. */
export const journaling: readonly PartMutant<JournalHarness>[] = [
  mutant(
    'sequence-of-batch',
    'The records of a batch share a sequence.',
    ['journal/appends'],
    (_journal, place) => ({
      append: async (records) => {
        place.last += 1;
        for (const bytes of records) place.records.set(place.last, { sequence: place.last, bytes });
        return records.map(() => place.last);
      },
    }),
  ),
  mutant(
    'read-from',
    'A read begins with what it is to begin after.',
    ['journal/reads'],
    (_journal, place) => ({
      read: async (after, most) =>
        [...place.records.values()].filter(({ sequence }) => sequence >= after).slice(0, most),
    }),
  ),
  mutant('read-all', 'A read answers everything.', ['journal/reads'], (_journal, place) => ({
    read: async (after) => [...place.records.values()].filter(({ sequence }) => sequence > after),
  })),
  mutant('by-reference', 'The bytes of the caller are kept.', ['journal/whole'], (_journal, place) => ({
    append: async (records) =>
      records.map((bytes) => {
        place.last += 1;
        place.records.set(place.last, { sequence: place.last, bytes });
        return place.last;
      }),
  })),
  mutant(
    'appends-overtake',
    'Of appends under way the later one is kept first.',
    ['journal/order'],
    (journal) => {
      const append = journal.append.bind(journal);
      let calls = 0;
      return {
        append: async (records) => {
          calls += 1;
          if (calls % 2 === 1) await new Promise((resolve) => setImmediate(resolve));
          return await append(records);
        },
      };
    },
  ),
  mutant(
    'acknowledges-below',
    'What is below an acknowledged record is forgotten too.',
    ['journal/acknowledges', 'journal/reopened'],
    (journal, place) => ({
      acknowledge: async (sequences) => {
        journal.check();
        const highest = Math.max(0, ...sequences);
        for (const sequence of [...place.records.keys()])
          if (sequence <= highest) place.records.delete(sequence);
      },
    }),
  ),
  mutant(
    'forgets-on-close',
    'Closing forgets what is kept.',
    ['journal/reopened', 'journal/one-holder'],
    (journal, place) => {
      const close = journal.close.bind(journal);
      return {
        close: async () => {
          place.records.clear();
          await close();
        },
      };
    },
  ),
  mutant(
    'counts-anew',
    'Sequences begin above what is in the journal.',
    ['journal/rise'],
    (journal, place) => {
      const claim = journal.claim.bind(journal);
      return {
        claim: async () => {
          place.last = Math.max(0, ...place.records.keys());
          return await claim();
        },
      };
    },
  ),
  mutant(
    'takes-over',
    'Whoever claims takes the journal from whoever has it.',
    ['journal/one-holder'],
    (journal, place) => {
      const claim = journal.claim.bind(journal);
      return {
        claim: async () => {
          place.holder = undefined;
          return await claim();
        },
      };
    },
  ),
  mutant(
    'anybody-appends',
    'Nobody needs the right to drain.',
    ['journal/claimed-first', 'journal/lapsed', 'journal/closed'],
    () => ({
      check: () => undefined,
    }),
  ),
];

function mutant(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: Change,
): PartMutant<JournalHarness> {
  const harness = journalHarnessOf(name, (journal, place) => Object.assign(journal, change(journal, place)));
  return { name, does, caughtBy, harness };
}
