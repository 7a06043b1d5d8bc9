import { failed, ok, type Scan, type ScanMatch } from '@cache/core';
import { withParts } from '../kit/wrap.ts';
import type { Shelf } from '../reference/shelf.ts';
import { adapterMutant, type Mutant } from './mutant.ts';

/** Defects of scans. */
export const scanning: readonly Mutant[] = [
  scanner(
    'scan-first-page',
    'A scan ends after its first page.',
    ['scan/pages', 'scan/changes', 'cache/scan/keys'],
    (page) =>
      async (...args) => {
        const answer = await page(...args);
        return answer.ok ? ok({ ...answer.value, next: undefined }) : answer;
      },
  ),
  scanner(
    'scan-all',
    'A scan finds every key, whatever the prefix.',
    ['scan/finds', 'scan/nothing'],
    (page) =>
      (_match, ...rest) => {
        return page({ prefix: '' }, ...rest);
      },
  ),
  scanner(
    'scan-prefix-glob',
    'The prefix of a scan is taken for a glob.',
    ['scan/literal'],
    (page) =>
      ({ prefix, glob }, ...rest) => {
        return page({ prefix: '', glob: `${prefix}${glob ?? '*'}` }, ...rest);
      },
  ),
  globbed('scan-star-some', 'A star in a glob stands for at least one character.', ['scan/star'], (glob) =>
    glob.replace(/(?<!\\)\*/g, '?*'),
  ),
  globbed('scan-no-class', 'Brackets in a glob are taken literally.', ['scan/class'], (glob) =>
    glob.replace(/(?<!\\)\[/g, '\\['),
  ),
  globbed('scan-no-escape', 'Backslashes in a glob are left out.', ['scan/escape'], (glob) =>
    glob.replace(/\\/g, ''),
  ),
  adapterMutant(
    'scan-ghosts',
    'A scan goes on finding what was removed.',
    ['scan/removed'],
    ({ adapter, shelf }) => {
      const ghosts = new Map<string, ReturnType<Shelf['get']>>();
      return withParts(adapter, {
        remove: (removals, call) => {
          for (const { key } of removals) ghosts.set(key, shelf.get(key));
          return adapter.remove(removals, call);
        },
        scan: {
          page: async (match, ...rest) => {
            const answer = await (adapter.scan as Scan).page(match, ...rest);
            const more = [...ghosts.keys()].filter((key) => key.startsWith(match.prefix));
            return answer.ok ? ok({ ...answer.value, keys: [...answer.value.keys, ...more] }) : answer;
          },
        },
      });
    },
  ),
  scanner(
    'scan-latin1',
    'A scan answers keys as if their bytes were characters.',
    ['scan/unicode'],
    (page) =>
      async (...args) => {
        const answer = await page(...args);
        if (!answer.ok) return answer;
        return ok({
          ...answer.value,
          keys: answer.value.keys.map((key) => Buffer.from(key).toString('latin1')),
        });
      },
  ),
  scanner(
    'scan-offsets',
    'The cursor of a scan is an offset, which moves when keys go.',
    ['scan/changes', 'cache/scan/changes'],
    (page) => async (match, cursor, count, call) => {
      const all = await page(match, undefined, 1e9, call);
      if (!all.ok) return failed(all.error);
      const keys = [...all.value.keys].sort();
      const at = Number(cursor ?? 0);
      const next = at + count < keys.length ? String(at + count) : undefined;
      return ok({ keys: keys.slice(at, at + count), next });
    },
  ),
];

function scanner(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (page: Scan['page']) => Scan['page'],
): Mutant {
  return adapterMutant(name, does, caughtBy, ({ adapter }) => {
    const inner = adapter.scan as Scan;
    return withParts(adapter, { scan: { page: change((...args) => inner.page(...args)) } });
  });
}

function globbed(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (glob: string) => string,
): Mutant {
  return scanner(name, does, caughtBy, (page) => (match: ScanMatch, ...rest) => {
    return page(match.glob === undefined ? match : { ...match, glob: change(match.glob) }, ...rest);
  });
}
