import { type Outcome, ok, type WriteResult } from '@cache/core';
import { withParts } from '../kit/wrap.ts';
import { holds } from '../reference/shelf.ts';
import { adapterMutant, type Mutant } from './mutant.ts';

/** Defects of conditions and versions. */
export const conditioning: readonly Mutant[] = [
  adapterMutant(
    'refusal-writes',
    'A write whose condition fails is done all the same, and answers that it was not.',
    ['conditions/absent-refuses', 'conditions/version-refuses'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        write(writes, call) {
          const refused = writes.filter(({ key, when }) => !holds(when, shelf.get(key)));
          const answer = adapter.write(writes, call);
          for (const { key, payload, ttlMs } of refused) shelf.put(key, payload as Uint8Array, ttlMs);
          return answer;
        },
      });
    },
  ),
  adapterMutant(
    'refusal-lives',
    'A write whose condition fails still gives its ttl.',
    ['conditions/absent-life'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        write(writes, call) {
          for (const { key, ttlMs, when } of writes) {
            const item = shelf.get(key);
            if (item !== undefined && !holds(when, item)) shelf.renew(key, item, ttlMs);
          }
          return adapter.write(writes, call);
        },
      });
    },
  ),
  adapterMutant(
    'absent-refuses-all',
    'A write with `absent` is always refused.',
    ['conditions/absent-writes'],
    ({ adapter }) => {
      return withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map((w) => (w.when === 'absent' ? { ...w, when: { version: -1 } } : w)),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'present-creates',
    'A write with `present` writes where nothing is.',
    ['conditions/present-refuses', 'conditions/present-expired'],
    ({ adapter }) => {
      return withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map(({ when, ...w }) => (when === 'present' || when === undefined ? w : { ...w, when })),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'present-is-absent',
    'A write with `present` is refused.',
    ['conditions/present-writes'],
    ({ adapter }) => {
      return withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map((w) => (w.when === 'present' ? { ...w, when: { version: -1 } } : w)),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'absent-sees-dead',
    'A write with `absent` is refused by what has ended.',
    ['conditions/absent-expired'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        write(writes, call) {
          const seen = writes.map((w) =>
            w.when === 'absent' && shelf.items.has(w.key) ? { ...w, when: { version: -1 } } : w,
          );
          return adapter.write(seen, call);
        },
      });
    },
  ),
  adapterMutant(
    'version-per-life',
    'Versions of a key begin again at 1 when it was removed.',
    ['conditions/version-removed', 'conditions/version-expired'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        async write(writes, call) {
          const counts = writes.map(({ key }) => (shelf.get(key)?.version ?? 0) + 1);
          const answer = adapter.write(writes, call);
          for (const [i, { key }] of writes.entries()) {
            const item = shelf.items.get(key);
            if (item !== undefined) shelf.items.set(key, { ...item, version: counts[i] as number });
          }
          return (await answer).map((a, i) =>
            a.ok && a.value.written ? ok({ written: true, version: counts[i] as number }) : a,
          );
        },
      });
    },
  ),
  adapterMutant(
    'version-never-holds',
    'A write on a version is always refused.',
    ['conditions/version-writes'],
    ({ adapter }) => {
      return withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map((w) => (typeof w.when === 'object' ? { ...w, when: { version: -1 } } : w)),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'version-ignored',
    'A write on a version looks only whether something is there.',
    ['conditions/version-refuses', 'conditions/version-loop', 'conditions/version-race'],
    ({ adapter }) => {
      return withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map((w) => (typeof w.when === 'object' ? { ...w, when: 'present' } : w)),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'version-creates',
    'A write on a version writes where nothing is any more.',
    ['conditions/version-absent'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        write(writes, call) {
          return adapter.write(
            writes.map(({ when, ...w }) =>
              when === undefined || (typeof when === 'object' && shelf.get(w.key) === undefined)
                ? w
                : { ...w, when },
            ),
            call,
          );
        },
      });
    },
  ),
  adapterMutant(
    'remove-ignores-version',
    'A removal on a version removes whatever is there.',
    ['conditions/remove-refuses'],
    ({ adapter }) => {
      return withParts(adapter, {
        remove: (removals, call) =>
          adapter.remove(
            removals.map(({ key }) => ({ key })),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'remove-version-never',
    'A removal on a version is always refused.',
    ['conditions/remove-version'],
    ({ adapter }) => {
      return withParts(adapter, {
        remove: (removals, call) =>
          adapter.remove(
            removals.map((r) => (r.when === undefined ? r : { ...r, when: { version: -1 } })),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'touch-ignores-version',
    'A touch on a version touches whatever is there.',
    ['conditions/touch-version'],
    ({ adapter }) => {
      return withParts(adapter, {
        touch: (touches, call) =>
          adapter.touch(
            touches.map(({ key, ttlMs }) => ({ key, ttlMs })),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'check-then-write',
    'Conditions are looked at in one step, and the write is made in the next.',
    ['conditions/absent-race', 'conditions/version-race'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        async write(writes, call) {
          const passes = writes.map(({ key, when }) => holds(when, shelf.get(key)));
          await Promise.resolve();
          const plain = writes.filter((_, i) => passes[i]).map(({ when: _when, ...write }) => write);
          const answers = await adapter.write(plain, call);
          return passes.map(
            (pass): Outcome<WriteResult> =>
              pass ? (answers.shift() as Outcome<WriteResult>) : ok({ written: false }),
          );
        },
      });
    },
  ),
];
