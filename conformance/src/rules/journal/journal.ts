import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Journal } from '@cache/core';
import type { JournalBench } from '../../kit/journal-bench.ts';
import { group, type Rule } from '../../rule.ts';

/** What a rule needs: a journal that outlives its process, or a harness that can take the right to drain. */
export type JournalNeed = 'keeps' | 'lapse';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

const EVERY_BYTE: Uint8Array = Uint8Array.from({ length: 256 }, (_, i) => i);

/** What a journal owes write-behind. */
export const journalRules: readonly Rule<JournalBench, JournalNeed>[] = group<JournalBench, JournalNeed>(
  'journal',
  {
    appends: [
      'append answers a sequence a record, each a whole number above every earlier one; of none it answers none.',
      async (bench) => {
        const journal = await bench.claimed();
        const sequences = [
          ...(await journal.append([bytes(1), bytes(2), bytes(3)])),
          ...(await journal.append([])),
          ...(await journal.append([bytes(4)])),
        ];
        equal(sequences.length, 4);
        rises([0, ...sequences]);
      },
    ],
    reads: [
      'read answers what is kept above a sequence, ascending, at least one where there is one, and no more than asked for: from page to page it answers everything once.',
      async (bench) => {
        const journal = await bench.claimed();
        deepEqual(await journal.read(0, 10), []);
        const sequences = await append(journal, 25);
        for (const most of [1, 7, 100]) {
          const found: number[] = [];
          while (found.length < 2 * sequences.length) {
            const page = await bench.settled('read', journal.read(found.at(-1) ?? 0, most));
            ok(page.length <= most, `read answered ${page.length} records, not ${most} at most`);
            if (page.length === 0) break;
            found.push(...page.map(({ sequence }) => sequence));
          }
          deepEqual(found, sequences);
        }
      },
    ],
    whole: [
      'A record comes back byte by byte: an empty one, every byte, one of 1 MiB; what the caller does to its bytes afterwards changes nothing.',
      async (bench) => {
        const journal = await bench.claimed();
        const large = Uint8Array.from({ length: 1_048_576 }, (_, i) => i % 251);
        const own = EVERY_BYTE.slice();
        await journal.append([bytes(), own]);
        await journal.append([large]);
        own.fill(7);
        const found = await bench.settled('read', journal.read(0, 10));
        deepEqual(
          found.map((record) => Buffer.compare(record.bytes, EVERY_BYTE) === 0 || record.bytes.length),
          [0, true, large.length],
        );
        equal(Buffer.compare(found[2]?.bytes ?? bytes(), large), 0);
      },
    ],
    order: [
      'Appends made one after the other without waiting are kept in the order of the calls.',
      async (bench) => {
        const journal = await bench.claimed();
        const calls = Array.from({ length: 40 }, (_, i) => journal.append([bytes(i, 0), bytes(i, 1)]));
        const sequences = (await bench.settled('append', Promise.all(calls))).flat();
        rises(sequences);
        const found = await journal.read(0, 100);
        deepEqual(
          found.map((record) => (record.bytes[0] ?? 0) * 2 + (record.bytes[1] ?? 0)),
          Array.from({ length: 80 }, (_, i) => i),
        );
      },
    ],
    acknowledges: [
      'What is acknowledged is not read again, in whatever order; what is unknown, or acknowledged twice, is no error.',
      async (bench) => {
        const journal = await bench.claimed();
        const [a = 0, b = 0, c = 0, d = 0] = await append(journal, 4);
        await journal.acknowledge([c, a]);
        await journal.acknowledge([c, 1, d + 1]);
        await journal.acknowledge([]);
        await bench.holds(journal, [
          [b, bytes(1)],
          [d, bytes(3)],
        ]);
        await journal.acknowledge([b, d]);
        await bench.holds(journal, []);
        const [e = 0] = await journal.append([bytes(9)]);
        ok(e > d, 'a sequence was given twice');
        await bench.holds(journal, [[e, bytes(9)]]);
      },
    ],
    reopened: [
      'What was appended and not acknowledged is there for the next who claims, and nothing else.',
      'keeps',
      async (bench) => {
        const first = await bench.claimed();
        const [a = 0, b = 0, c = 0] = await append(first, 3);
        await first.acknowledge([b]);
        await first.close();
        const second = await bench.claimed();
        await bench.holds(second, [
          [a, bytes(0)],
          [c, bytes(2)],
        ]);
        await second.acknowledge([a, c]);
        await second.close();
        await bench.holds(await bench.claimed(), []);
      },
    ],
    rise: [
      'Sequences and fences rise from one who claims to the next, also when nothing is left in the journal.',
      'keeps',
      async (bench) => {
        const sequences: number[] = [0];
        const fences: number[] = [0];
        for (let times = 0; times < 3; times += 1) {
          const journal = bench.open();
          fences.push((await bench.settled('claim', journal.claim())).fence);
          sequences.push(...(await append(journal, 2)));
          await journal.acknowledge(sequences);
          await journal.close();
        }
        rises(sequences);
        rises(fences);
      },
    ],
    'one-holder': [
      'While one has claimed the journal, a claim by another rejects with BUSY, retryable, and succeeds once the first has closed.',
      'keeps',
      async (bench) => {
        const first = bench.open();
        const { lost } = await first.claim();
        const second = bench.open();
        const { retryable } = await bench.rejection('claim', second.claim(), ['BUSY']);
        equal(retryable, true, 'a journal that somebody else has is worth another attempt');
        equal(lost.aborted, false, 'the first lost its right to one that was refused');
        const [a = 0] = await first.append([bytes(1)]);
        await first.close();
        await bench.settled('claim', second.claim());
        await bench.holds(second, [[a, bytes(1)]]);
      },
    ],
    'claimed-first': [
      'Whoever has not claimed the journal can neither append nor acknowledge.',
      'keeps',
      async (bench) => {
        const journal = bench.open();
        await bench.rejection('append', journal.append([bytes(1)]), ['CLOSED', 'UNAVAILABLE']);
        await bench.rejection('acknowledge', journal.acknowledge([1]), ['CLOSED', 'UNAVAILABLE']);
      },
    ],
    lapsed: [
      'Whoever has lost the right to drain hears of it, can neither append nor acknowledge, and does not take it from the next by closing.',
      'lapse',
      async (bench) => {
        const first = bench.open();
        const { lost, fence } = await first.claim();
        const [a = 0] = await first.append([bytes(1)]);
        await bench.lapse();
        const second = bench.open();
        const tenure = await bench.settled('claim', second.claim());
        ok(tenure.fence > fence, 'the fence did not rise');
        await bench.rejection('append', first.append([bytes(2)]), ['UNAVAILABLE', 'CLOSED']);
        await bench.rejection('acknowledge', first.acknowledge([a]), ['UNAVAILABLE', 'CLOSED']);
        equal(lost.aborted, true, 'who lost the right was not told');
        await first.close();
        equal(tenure.lost.aborted, false);
        const [b = 0] = await second.append([bytes(3)]);
        await bench.holds(second, [
          [a, bytes(1)],
          [b, bytes(3)],
        ]);
      },
    ],
    closed: [
      'After close every method rejects with CLOSED; close may be called twice, claimed or not.',
      async (bench) => {
        await bench.open().close();
        const journal = await bench.claimed();
        await journal.close();
        await journal.close();
        await bench.rejection('append', journal.append([bytes(1)]), ['CLOSED']);
        await bench.rejection('acknowledge', journal.acknowledge([1]), ['CLOSED']);
        await bench.rejection('read', journal.read(0, 1), ['CLOSED']);
        await bench.rejection('claim', journal.claim(), ['CLOSED']);
      },
    ],
  },
);

/** Records of one byte, each its place. */
async function append(journal: Journal, count: number): Promise<readonly number[]> {
  return await journal.append(Array.from({ length: count }, (_, i) => bytes(i)));
}

function rises(numbers: readonly number[]): void {
  for (const [index, number] of numbers.entries()) {
    ok(Number.isSafeInteger(number), `${number} is no whole number`);
    const before = numbers[index - 1];
    ok(before === undefined || number > before, `${number} came after ${before}`);
  }
}
