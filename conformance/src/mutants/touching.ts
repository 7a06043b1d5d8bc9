import { ok } from '@cache/core';
import { around, withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant, type Sound } from './mutant.ts';

/** Defects of touches and of the facet expiry. */
export const touching: readonly Mutant[] = [
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
            (item as { ttlMs: unknown }).ttlMs === null ? { ...(item as object), ttlMs: 86_400_000 } : item,
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
  {
    ...written(
      'real-too-short',
      'On the real clock a life ends after a third of its ttl.',
      ['time/real'],
      (ms) => Math.ceil(ms / 3),
    ),
    realTime: true,
  },
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
