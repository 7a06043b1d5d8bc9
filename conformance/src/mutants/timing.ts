import { ok } from '@cache/core';
import { around, withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant, type Sound } from './mutant.ts';

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
  adapterMutant(
    'touch-creates',
    'A touch makes what is not there.',
    ['touch/absent', 'touch/expired'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        touch(touches, call) {
          for (const { key, ttlMs, when } of touches) {
            if (when === undefined && shelf.get(key) === undefined) shelf.put(key, new Uint8Array(16), ttlMs);
          }
          return adapter.touch(touches, call);
        },
      });
    },
  ),
  adapterMutant('touch-empties', 'A touch loses the payload.', ['touch/payload'], ({ adapter, shelf }) => {
    return touched(adapter, (key) => {
      const item = shelf.get(key);
      if (item?.held instanceof Uint8Array) shelf.items.set(key, { ...item, held: item.held.slice(0, 16) });
    });
  }),
  adapterMutant(
    'touch-new-version',
    'A touch gives another version.',
    ['touch/version'],
    ({ adapter, shelf }) => {
      return touched(adapter, (key, ttlMs) => {
        const item = shelf.get(key);
        if (item !== undefined) shelf.put(key, item.held, ttlMs);
      });
    },
  ),
  adapterMutant(
    'touch-only-longer',
    'A touch never shortens a life.',
    ['touch/shorter'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        touch(touches, call) {
          const longer = touches.map((t) => ({
            ...t,
            ttlMs: t.ttlMs === null ? null : Math.max(t.ttlMs, shelf.remaining(t.key) ?? 0),
          }));
          return adapter.touch(longer, call);
        },
      });
    },
  ),
  adapterMutant(
    'touch-only-shorter',
    'A touch never lengthens a life.',
    ['touch/longer'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        touch(touches, call) {
          const shorter = touches.map((t) => ({
            ...t,
            ttlMs: Math.min(t.ttlMs ?? 1e12, shelf.remaining(t.key) ?? 1e12),
          }));
          return adapter.touch(shorter, call);
        },
      });
    },
  ),
  adapterMutant(
    'touch-null-ignored',
    'A touch without expiry does nothing.',
    ['touch/no-end'],
    ({ adapter }) => {
      return around(adapter, (name, items, go) => {
        if (name !== 'touch') return go();
        return go(
          items.map((item) =>
            (item as { ttlMs: unknown }).ttlMs === null ? { ...(item as object), ttlMs: DAY } : item,
          ),
        );
      });
    },
  ),
  onAnswer(
    'remaining-seconds',
    'The remaining life is told in seconds.',
    ['expiry/remaining', 'expiry/passes'],
    'remaining',
    (value) => (typeof value === 'number' ? value / 1000 : value),
  ),
  onAnswer(
    'remaining-null',
    'The remaining life of what is not there is null.',
    ['expiry/remaining', 'expiry/expired'],
    'remaining',
    (value) => value ?? null,
  ),
  onAnswer(
    'remaining-whole',
    'The remaining life is that of the write, however much has passed.',
    ['expiry/passes'],
    'remaining',
    (value) => (typeof value === 'number' ? 3_600_000 : value),
  ),
  adapterMutant(
    'read-without-touch',
    'A read with touch only reads.',
    ['expiry/read-and-touch'],
    ({ adapter }) => {
      return around(adapter, (name, items, go, call) => {
        return name === 'readAndTouch'
          ? adapter.read(
              (items as { key: string }[]).map(({ key }) => key),
              call,
            )
          : go();
      });
    },
  ),
  adapterMutant(
    'read-touch-version',
    'A read with touch gives another version than it answers.',
    ['expiry/version'],
    ({ adapter, shelf }) => {
      return around(adapter, async (name, items, go) => {
        const answer = go();
        if (name === 'readAndTouch') {
          for (const { key, ttlMs } of items as { key: string; ttlMs: number | null }[]) {
            const item = shelf.get(key);
            if (item !== undefined) shelf.put(key, item.held, ttlMs);
          }
        }
        return await answer;
      });
    },
  ),
  adapterMutant(
    'read-touch-creates',
    'A read with touch makes what is not there.',
    ['expiry/absent', 'expiry/expired'],
    ({ adapter, shelf }) => {
      return around(adapter, (name, items, go) => {
        const answer = go();
        if (name === 'readAndTouch') {
          for (const { key, ttlMs } of items as { key: string; ttlMs: number | null }[]) {
            if (shelf.get(key) === undefined) shelf.put(key, new Uint8Array(16), ttlMs);
          }
        }
        return answer;
      });
    },
  ),
  adapterMutant(
    'read-touch-ignores-version',
    'A read with touch on a version touches whatever is there.',
    ['expiry/condition'],
    ({ adapter }) => {
      return around(adapter, (name, items, go) => {
        if (name !== 'readAndTouch') return go();
        return go(
          (items as { key: string; ttlMs: number | null }[]).map(({ key, ttlMs }) => ({ key, ttlMs })),
        );
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

function onAnswer(
  name: string,
  does: string,
  caughtBy: readonly string[],
  method: string,
  change: (value: unknown) => unknown,
): Mutant {
  return adapterMutant(name, does, caughtBy, ({ adapter }) => {
    return around(adapter, async (called, _items, go) => {
      const answers = await go();
      return called === method
        ? answers.map((answer) => (answer.ok ? ok(change(answer.value)) : answer))
        : answers;
    });
  });
}

function touched(
  adapter: Sound['adapter'],
  then: (key: string, ttlMs: number | null) => void,
): Sound['adapter'] {
  return withParts(adapter, {
    touch(touches, call) {
      const answer = adapter.touch(touches, call);
      for (const { key, ttlMs } of touches) then(key, ttlMs);
      return answer;
    },
  });
}
