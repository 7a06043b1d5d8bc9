import { allFailed, ok } from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import { around, withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant } from './mutant.ts';

/** Defects of keys, values and batches. */
export const keying: readonly Mutant[] = [
  keyed('keys-folded', 'Keys are folded to lower case.', ['keys/case'], (key) => key.toLowerCase()),
  keyed('keys-trimmed', 'Keys are trimmed.', ['keys/space'], (key) => key.trim()),
  keyed('keys-normalized', 'Keys are normalized to NFC.', ['keys/unicode'], (key) => key.normalize('NFC')),
  keyed('keys-end-at-nul', 'Keys end at a NUL.', ['keys/control'], (key) => key.split('\0')[0] as string),
  keyed(
    'keys-latin1',
    'Characters beyond Latin-1 become question marks in keys.',
    ['keys/unicode'],
    (key) => {
      return Array.from(key, (char) => (char > '\xff' ? '?' : char)).join('');
    },
  ),
  keyed('keys-cut-bytes', 'Keys are cut at 1,000 bytes.', ['keys/bytes', 'keys/longest'], (key) => {
    return Buffer.from(key).subarray(0, 1000).toString();
  }),
  keyed('keys-cut', 'Keys are cut at 250 characters.', ['keys/longest'], (key) => key.slice(0, 250)),
  keyed('keys-no-globs', 'Glob characters are taken out of keys.', ['keys/glob'], (key) =>
    key.replace(/[*?[\]\\]/g, ''),
  ),
  keyed('keys-squeezed', 'Doubled characters in keys are squeezed.', ['keys/prefix'], (key) =>
    key.replace(/(.)\1+/g, '$1'),
  ),
  keyed('keys-numeric', 'Keys that end in a number are taken for the number.', ['keys/names'], (key) =>
    key.replace(/:-0$/, ':0'),
  ),
  adapterMutant(
    'empty-is-miss',
    'A payload of the stamp alone reads as a miss.',
    ['values/stamp-alone'],
    ({ adapter }) => {
      return payloads(adapter, (payload) => (payload.length <= 16 ? undefined : payload));
    },
  ),
  adapterMutant(
    'values-as-text',
    'Payloads are decoded and encoded as UTF-8 on their way.',
    ['values/every-byte'],
    ({ adapter }) => {
      return payloads(adapter, (payload) => new TextEncoder().encode(new TextDecoder().decode(payload)));
    },
  ),
  adapterMutant(
    'values-cut-64k',
    'Payloads are cut at 64 KiB.',
    ['values/sizes', 'values/large'],
    ({ adapter }) => {
      return payloads(adapter, (payload) => payload.subarray(0, 65_536));
    },
  ),
  adapterMutant(
    'values-numbers',
    'Payloads whose content looks like a number come back as the number.',
    ['values/numeric'],
    ({ adapter }) => {
      return payloads(adapter, (payload) => {
        const text = Buffer.from(payload.subarray(16)).toString('latin1');
        if (!/^\s*0\d+\s*$|^ \d+ $/.test(text)) return payload;
        return Uint8Array.from([...payload.subarray(0, 16), ...Buffer.from(String(Number(text)))]);
      });
    },
  ),
  adapterMutant(
    'batch-dedups',
    'Keys that are twice in a batch of reads are read, and answered, once.',
    ['batches/read-twice'],
    ({ adapter }) => {
      return withParts(adapter, { read: (keys, call) => adapter.read([...new Set(keys)], call) });
    },
  ),
  adapterMutant(
    'batch-reversed',
    'A batch of reads is answered in the wrong order.',
    ['read/mixed'],
    ({ adapter }) => {
      return around(adapter, async (name, _items, go) => {
        const answers = await go();
        return name === 'read' ? [...answers].reverse() : answers;
      });
    },
  ),
  adapterMutant(
    'batch-first-wins',
    'Of two writes of one key in a batch the first one counts.',
    ['batches/write-twice'],
    ({ adapter }) => {
      return around(adapter, async (name, items, go) => {
        if (name !== 'write' || items.some((item) => (item as { when?: unknown }).when !== undefined))
          return await go();
        return (await go([...items].reverse())).reverse();
      });
    },
  ),
  adapterMutant(
    'batch-conditions-at-once',
    'Conditions of a batch all see what was there before it.',
    ['batches/write-conditions'],
    ({ adapter }) => {
      return around(adapter, async (name, items, go) => {
        if (name !== 'write') return await go();
        const seen = new Set<string>();
        const relaxed = items.map((item) => {
          const { when, ...write } = item as { key: string; when?: unknown };
          const again = seen.has(write.key) && when === 'absent';
          seen.add(write.key);
          return again ? write : item;
        });
        return await go(relaxed);
      });
    },
  ),
  adapterMutant(
    'batch-removes-same',
    'Every removal of one key in a batch answers what the first one did.',
    ['batches/remove-twice'],
    ({ adapter }) => {
      return around(adapter, async (name, items, go) => {
        const answers = await go();
        if (name !== 'remove') return answers;
        const keys = (items as { key: string }[]).map(({ key }) => key);
        return keys.map((key) => answers[keys.indexOf(key)] as (typeof answers)[number]);
      });
    },
  ),
  adapterMutant(
    'batch-touches-once',
    'Only the first touch of a key in a batch is made.',
    ['batches/touch-twice'],
    ({ adapter }) => {
      return around(adapter, async (name, items, go) => {
        if (name !== 'touch') return await go();
        const keys = (items as { key: string }[]).map(({ key }) => key);
        const firsts = items.filter((_, i) => keys.indexOf(keys[i] as string) === i);
        const answers = await go(firsts);
        const firstKeys = firsts.map((item) => (item as { key: string }).key);
        return keys.map((key) => answers[firstKeys.indexOf(key)] as (typeof answers)[number]);
      });
    },
  ),
  adapterMutant(
    'batch-fails-whole',
    'One refused item refuses its whole batch.',
    ['batches/alone'],
    ({ adapter, shelf }) => {
      return around(adapter, async (name, items, go) => {
        const absents = (items as { key: string; when?: unknown }[]).filter(({ when }) => when === 'absent');
        const refused =
          name === 'write' && items.length > 1 && absents.some(({ key }) => shelf.get(key) !== undefined);
        return refused ? items.map(() => ok({ written: false })) : await go();
      });
    },
  ),
  adapterMutant(
    'batch-limit',
    'Batches of more than 10,000 items fail.',
    ['batches/large'],
    ({ adapter }) => {
      const failure = {
        code: 'SERVER',
        message: 'too many',
        retryable: false,
        outcome: 'not-applied',
      } as const;
      return around(adapter, async (_name, items, go) =>
        items.length > 10_000 ? allFailed(items.length, failure) : await go(),
      );
    },
  ),
  adapterMutant('batch-empty-rejects', 'An empty batch rejects.', ['batches/empty'], ({ adapter }) => {
    return around(adapter, async (_name, items, go) => {
      if (items.length === 0) throw new Error("ERR wrong number of arguments for 'mget' command");
      return await go();
    });
  }),
  adapterMutant(
    'batch-sorts',
    'A batch is sorted in place before it is sent.',
    ['batches/arguments'],
    ({ adapter }) => {
      return around(adapter, async (_name, items, go) => {
        (items as unknown[]).sort();
        return await go();
      });
    },
  ),
];

function keyed(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (key: string) => string,
): Mutant {
  return adapterMutant(name, does, caughtBy, ({ adapter }) => {
    return around(adapter, (_name, items, go) => {
      return go(
        items.map((item) => {
          if (typeof item === 'string') return change(item);
          const keyedItem = item as { key: string };
          return { ...keyedItem, key: change(keyedItem.key) };
        }),
      );
    });
  });
}

function payloads(
  adapter: TestAdapter,
  change: (payload: Uint8Array) => Uint8Array | undefined,
): TestAdapter {
  return around(adapter, async (name, _items, go) => {
    const answers = await go();
    if (name !== 'read') return answers;
    return answers.map((answer) => {
      if (!answer.ok || answer.value === undefined) return answer;
      const stored = answer.value as { payload: Uint8Array };
      const payload = change(stored.payload);
      return ok(payload === undefined ? undefined : { ...stored, payload });
    });
  });
}
