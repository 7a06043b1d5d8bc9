import { ok } from '@cache/core';
import { around, withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant } from './mutant.ts';

const DAY = 86_400_000;

/** Defects of lives: ttl, touch, and the facet expiry. */
export const timing: readonly Mutant[] = [
  adapterMutant(
    'ttl-kept',
    'A write keeps the ttl of what was there.',
    ['write/replaces-ttl', 'write/ends-ttl', 'write/begins-ttl'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        write(writes, call) {
          const kept = writes.map((write) => {
            const left = shelf.remaining(write.key);
            return left === undefined ? write : { ...write, ttlMs: left };
          });
          return adapter.write(kept, call);
        },
      });
    },
  ),
  written(
    'ttl-seconds',
    'A ttl in ms is taken for seconds.',
    ['time/ends', 'time/fractions'],
    (ms) => ms * 1000,
  ),
  written(
    'ttl-zero-is-never',
    'A ttl under a second is cut to 0, which means no expiry.',
    ['time/shortest'],
    (ms) => (ms < 1000 ? null : ms),
  ),
  written('ttl-whole-seconds', 'A ttl is cut to whole seconds.', ['time/fractions'], (ms) =>
    Math.max(1000, Math.floor(ms / 1000) * 1000),
  ),
  written('ttl-30-days-is-a-date', 'A ttl over 30 days is read as a date of 1970.', ['time/long'], (ms) =>
    ms > 30 * DAY ? 1 : ms,
  ),
  written('ttl-31-bits', 'A ttl beyond 2^31 ms wraps around.', ['time/long', 'time/longest'], (ms) =>
    ms > 2 ** 31 ? 1 : ms,
  ),
  adapterMutant(
    'never-is-a-day',
    'No expiry is a day.',
    ['time/endless', 'write/ends-ttl'],
    ({ adapter }) => {
      return withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map((w) => ({ ...w, ttlMs: w.ttlMs ?? DAY })),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'one-life-a-batch',
    'All items of a batch get the life of the first one.',
    ['time/own-life'],
    ({ adapter }) => {
      return withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map((w) => ({ ...w, ttlMs: writes[0]?.ttlMs ?? null })),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'reads-the-dead',
    'What has ended is read until something else cleans up.',
    ['time/dead-read', 'time/ends'],
    ({ adapter, shelf }) => {
      return around(adapter, async (name, items, go) => {
        const dead = name === 'read' ? (items as string[]).map((key) => shelf.items.get(key)) : [];
        const answers = await go();
        if (name !== 'read') return answers;
        return answers.map((answer, i) => {
          const item = dead[i];
          if (!answer.ok || answer.value !== undefined || !(item?.held instanceof Uint8Array)) return answer;
          return ok({ payload: item.held, version: item.version });
        });
      });
    },
  ),
  adapterMutant(
    'removes-the-dead',
    'A removal of what has ended answers true.',
    ['remove/expired'],
    ({ adapter, shelf }) => {
      return around(adapter, async (name, items, go) => {
        const there =
          name === 'remove' ? (items as { key: string }[]).map(({ key }) => shelf.items.has(key)) : [];
        const answers = await go();
        return answers.map((answer, i) =>
          there[i] && answer.ok ? ok(answer.value || !('when' in (items[i] as object))) : answer,
        );
      });
    },
  ),
  adapterMutant(
    'writes-on-the-dead',
    'A write over what has ended keeps the old end.',
    ['write/expired'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        write(writes, call) {
          const ends = writes.map(({ key }) => shelf.items.get(key)?.endsAt ?? Number.POSITIVE_INFINITY);
          const dead = writes.map(({ key }) => shelf.items.has(key) && shelf.get(key) === undefined);
          const answer = adapter.write(writes, call);
          for (const [i, { key }] of writes.entries()) {
            const item = shelf.items.get(key);
            if (dead[i] && item !== undefined) shelf.items.set(key, { ...item, endsAt: ends[i] as number });
          }
          return answer;
        },
      });
    },
  ),
];

/** Another ttl reaches the server than was asked for. */
function written(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (ms: number) => number | null,
): Mutant {
  return adapterMutant(name, does, caughtBy, ({ adapter }) => {
    return withParts(adapter, {
      write: (writes, call) =>
        adapter.write(
          writes.map((w) => ({ ...w, ttlMs: w.ttlMs === null ? null : change(w.ttlMs) })),
          call,
        ),
    });
  });
}
