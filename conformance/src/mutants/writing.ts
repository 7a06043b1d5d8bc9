import { ok, type WriteResult } from '@cache/core';
import { around, withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant, type Sound } from './mutant.ts';

/** Defects of reading, writing, removing and of conditions. */
export const writing: readonly Mutant[] = [
  adapterMutant('reads-nothing', 'Every read is a miss.', ['read/written'], ({ adapter }) => {
    return withParts(adapter, { read: async (keys) => keys.map(() => ok(undefined)) });
  }),
  adapterMutant('reads-something', 'A miss reads as an empty payload.', ['read/absent'], ({ adapter }) => {
    return around(adapter, async (name, _items, go) => {
      const answers = await go();
      if (name !== 'read') return answers;
      const empty = { payload: new Uint8Array(16), version: 0 };
      return answers.map((answer) => (answer.ok && answer.value === undefined ? ok(empty) : answer));
    });
  }),
  adapterMutant(
    'read-bumps-version',
    'A read gives what it reads another version.',
    ['read/again'],
    ({ adapter, shelf }) => {
      return around(adapter, (name, items, go) => {
        const answer = go();
        if (name === 'read') for (const key of items as string[]) newVersion(shelf, key);
        return answer;
      });
    },
  ),
  adapterMutant(
    'write-version-lies',
    'A write answers another version than reads do.',
    ['read/version'],
    ({ adapter }) => {
      return onWritten(adapter, (result) =>
        result.written ? { ...result, version: `w${result.version}` } : result,
      );
    },
  ),
  adapterMutant(
    'shared-buffer',
    'Reads answer the stored bytes themselves.',
    ['read/copy'],
    ({ adapter, shelf }) => {
      return around(adapter, async (name, items, go) => {
        const answers = await go();
        if (name !== 'read') return answers;
        return answers.map((answer, i) => {
          const held = shelf.get(items[i] as string)?.held;
          return answer.ok && held instanceof Uint8Array
            ? ok({ ...(answer.value as object), payload: held })
            : answer;
        });
      });
    },
  ),
  adapterMutant(
    'reused-buffer',
    'Reads answer views of one receive buffer, which the next read overwrites.',
    ['read/other-read'],
    ({ adapter }) => {
      const buffer = new Uint8Array(4 * 1_048_576);
      return around(adapter, async (name, _items, go) => {
        const answers = await go();
        if (name !== 'read') return answers;
        let at = 0;
        return answers.map((answer) => {
          if (!answer.ok || answer.value === undefined) return answer;
          const stored = answer.value as { payload: Uint8Array };
          if (at + stored.payload.length > buffer.length) return answer;
          buffer.set(stored.payload, at);
          at += stored.payload.length;
          return ok({ ...stored, payload: buffer.subarray(at - stored.payload.length, at) });
        });
      });
    },
  ),
  adapterMutant(
    'kept-reference',
    'A write keeps the bytes of the caller.',
    ['write/copy'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        write(writes, call) {
          const answer = adapter.write(writes, call);
          for (const { key, payload } of writes) {
            const item = shelf.items.get(key);
            if (item !== undefined) shelf.items.set(key, { ...item, held: payload as Uint8Array });
          }
          return answer;
        },
      });
    },
  ),
  adapterMutant(
    'appends',
    'A write that is shorter than what is there leaves its tail.',
    ['write/replaces'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        write(writes, call) {
          const longer = writes.map((write) => {
            const held = shelf.get(write.key)?.held;
            const payload = write.payload as Uint8Array;
            if (!(held instanceof Uint8Array) || held.length <= payload.length) return write;
            return { ...write, payload: Uint8Array.from([...payload, ...held.subarray(payload.length)]) };
          });
          return adapter.write(longer, call);
        },
      });
    },
  ),
  adapterMutant('no-version', 'A write answers no version.', ['write/written'], ({ adapter }) => {
    return onWritten(adapter, (result) => (result.written ? ({ written: true } as never) : result));
  }),
  adapterMutant(
    'removes-by-prefix',
    'A removal takes everything that begins with the key.',
    ['remove/other-keys'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        remove(removals, call) {
          const answer = adapter.remove(removals, call);
          for (const { key, when } of removals) {
            if (when !== undefined) continue;
            for (const other of [...shelf.items.keys()]) if (other.startsWith(key)) shelf.items.delete(other);
          }
          return answer;
        },
      });
    },
  ),
  adapterMutant(
    'write-wipes',
    'A write removes the key that was written before the last one.',
    ['write/other-keys'],
    ({ adapter, shelf }) => {
      const before: string[] = [];
      return withParts(adapter, {
        write(writes, call) {
          for (const { key } of writes) before.push(key);
          const lost = before.length > 3 ? before.at(-4) : undefined;
          if (lost !== undefined && lost !== writes[0]?.key) shelf.items.delete(lost);
          return adapter.write(writes, call);
        },
      });
    },
  ),
  adapterMutant(
    'remove-true',
    'A removal always answers true.',
    ['remove/absent', 'remove/twice', 'remove/expired', 'conditions/remove-race'],
    ({ adapter }) => {
      return around(adapter, async (name, _items, go) => {
        const answers = await go();
        return name === 'remove' ? answers.map((answer) => (answer.ok ? ok(true) : answer)) : answers;
      });
    },
  ),
  adapterMutant(
    'removes-nothing',
    'A removal answers and removes nothing.',
    ['remove/there'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        remove: async (removals) => removals.map(({ key }) => ok(shelf.get(key) !== undefined)),
      });
    },
  ),
  adapterMutant(
    'tombstones',
    'A key that was removed cannot be written again.',
    ['remove/rewritten'],
    ({ adapter, shelf }) => {
      const removed = new Set<string>();
      return around(adapter, (name, items, go) => {
        if (name === 'remove') for (const { key } of items as { key: string }[]) removed.add(key);
        const answer = go();
        if (name === 'write')
          for (const { key } of items as { key: string }[]) if (removed.has(key)) shelf.items.delete(key);
        return answer;
      });
    },
  ),
];

function newVersion(shelf: Sound['shelf'], key: string): void {
  const item = shelf.get(key);
  if (item?.held instanceof Uint8Array) shelf.items.set(key, { ...item, version: item.version + 0.001 });
}

function onWritten(
  adapter: Sound['adapter'],
  change: (result: WriteResult) => WriteResult,
): Sound['adapter'] {
  return withParts(adapter, {
    async write(writes, call) {
      return (await adapter.write(writes, call)).map((answer) =>
        answer.ok ? ok(change(answer.value)) : answer,
      );
    },
  });
}
