import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Bench } from '../../kit/bench.ts';
import { failureOf, turns, until, valueIn, within } from '../../kit/check.ts';
import { trackingOf, type Watcher, watch, withoutWarnings } from '../../kit/listening.ts';
import { methodsOf } from '../../kit/methods.ts';
import { type AdapterRule, group } from '../../rule.ts';

const DEADLINE_MS = 300;
/** What a busy machine may need beyond the deadline. */
const LATE_MS = 2500;

export const tracking: readonly AdapterRule[] = group('tracking', {
  changes: [
    'Whoever tracks a prefix is told of every key under it that is written, written on condition, touched, counted on or removed, each time; not of what is only read.',
    'tracking',
    async (bench) => {
      const watcher = await watch(bench, bench.prefix);
      const readers = ['read', 'expiry.remaining'];
      for (const method of methodsOf(bench)) {
        const key = bench.key();
        await method.prepare(bench, key);
        // Twice: it is not enough to tell of the first change.
        for (let time = 0; time < 2; time += 1) {
          if (method.name === 'remove') await bench.put(key);
          await confirmed(bench, watcher);
          const before = watcher.keys.length;
          await method.batch([key], bench.call());
          await confirmed(bench, watcher);
          if (readers.includes(method.name)) deepEqual(watcher.keys.slice(before), [], method.name);
          else ok(watcher.heard(key, before), `${method.name} was not told`);
        }
      }
      const key = bench.key();
      const before = watcher.keys.length;
      const { written } = await bench.write(key, bench.payload(), 'absent');
      ok(written);
      await confirmed(bench, watcher);
      ok(watcher.heard(key, before), 'a write on condition was not told');
    },
  ],
  prefixes: [
    'Nothing is told of keys with other prefixes; a prefix is taken literally, and several may be tracked at once, also within one another.',
    'tracking',
    async (bench) => {
      const prefixes = ['', 'a', 'ab', 'a*', '{', 'ü'].map((prefix) => `${bench.prefix}${prefix}`);
      const watchers = await Promise.all(prefixes.map((prefix) => watch(bench, prefix)));
      const keys = ['a', 'abc', 'b', 'a*', '{a}', '{', 'ü1', 'ux'].map((rest) => `${bench.prefix}${rest}`);
      for (const key of keys) await bench.put(key);
      for (const [index, watcher] of watchers.entries()) {
        await confirmed(bench, watcher);
        const own = keys.filter((key) => key.startsWith(prefixes[index] as string));
        ok(
          own.every((key) => watcher.heard(key)),
          `${prefixes[index]}: something was not told`,
        );
        const told = watcher.keys.filter((key) => key !== undefined);
        deepEqual(
          [...new Set(told)].sort(),
          watcher.keys.includes(undefined) ? [...new Set(told)].sort() : own.sort(),
        );
      }
    },
  ],
  expiry: [
    'The end of a life is told, at the latest when the key is read next.',
    'tracking',
    'expire',
    async (bench) => {
      const watcher = await watch(bench, bench.prefix);
      const key = bench.key();
      await bench.put(key);
      await confirmed(bench, watcher);
      const before = watcher.keys.length;
      await bench.expire(key);
      equal(await bench.read(key), undefined);
      await confirmed(bench, watcher);
      ok(watcher.heard(key, before), 'the end of its life was not told');
    },
  ],
  peer: [
    'What other adapters of the server change is told as well.',
    'tracking',
    'peer',
    async (bench) => {
      const other = await bench.other();
      const watcher = await watch(bench, bench.prefix);
      const key = bench.key();
      for (const change of [() => other.put(key), () => other.touch(key, 60_000), () => other.remove(key)]) {
        const before = watcher.keys.length;
        await change();
        await confirmed(bench, watcher);
        ok(watcher.heard(key, before), 'it was not told');
      }
    },
  ],
  confirm: [
    'When `confirm` succeeds, every change was told that had been made before it was called.',
    'tracking',
    async (bench) => {
      const watcher = await watch(bench, bench.prefix);
      for (const key of bench.keys(50)) {
        await bench.put(key);
        await confirmed(bench, watcher);
        ok(watcher.heard(key), `${key} was confirmed and not told`);
      }
    },
  ],
  cut: [
    'When connections are cut, `lost` is told and then `hearing`, from which on every change is told.',
    'tracking',
    'cut',
    async (bench) => {
      const watcher = await watch(bench, bench.prefix);
      await bench.opened.disrupt?.cut?.();
      // On several nodes it may be lost more than once on the way.
      await until(3 * bench.patienceMs, 'lost and hearing', () => {
        return watcher.told.length >= 3 && watcher.told.at(-1) === 'hearing';
      });
      deepEqual(watcher.told.slice(0, 3), ['hearing', 'lost', 'hearing']);
      await until(3 * bench.patienceMs, 'confirmed', async () => (await watcher.confirm(bench.call())).ok);
      const key = bench.key();
      await bench.put(key);
      await confirmed(bench, watcher);
      ok(watcher.heard(key), 'it was not told');
    },
  ],
  down: [
    'While the server cannot be reached, `lost` is told and `confirm` fails; when it is back, `hearing` is told.',
    'tracking',
    'down',
    async (bench) => {
      const watcher = await watch(bench, bench.prefix);
      await bench.opened.disrupt?.down?.();
      try {
        await until(3 * bench.patienceMs, 'lost', () => watcher.told.length > 1);
        await fails(watcher, bench);
        deepEqual(watcher.told, ['hearing', 'lost']);
      } finally {
        await bench.opened.disrupt?.up?.();
      }
      await until(3 * bench.patienceMs, 'hearing again', () => watcher.told.at(-1) === 'hearing');
      await until(3 * bench.patienceMs, 'confirmed', async () => (await watcher.confirm(bench.call())).ok);
    },
  ],
  frozen: [
    'While the server answers nothing, `confirm` fails by its deadline.',
    'tracking',
    'freeze',
    async (bench) => {
      const watcher = await watch(bench, bench.prefix);
      await bench.opened.disrupt?.freeze?.();
      try {
        await fails(watcher, bench);
      } finally {
        await bench.opened.disrupt?.thaw?.();
      }
    },
  ],
  leaves: [
    'After `close` of what tracks, nothing more is told and `confirm` answers CLOSED; others go on hearing, and closing twice does nothing.',
    'tracking',
    async (bench) => {
      const [gone, stays] = [await watch(bench, bench.prefix), await watch(bench, bench.prefix)];
      await gone.tracked?.close();
      await bench.put(bench.key());
      await confirmed(bench, stays);
      ok(stays.keys.length > 0, 'nothing was told');
      await within(bench.patienceMs, 'closing twice', gone.tracked?.close() ?? Promise.resolve());
      equal(failureOf(await gone.confirm(bench.call()), 'confirm').code, 'CLOSED');
      deepEqual([gone.keys, gone.told], [[], ['hearing']]);
    },
  ],
  refuses: [
    'A call of `confirm` that was aborted before answers ABORTED, one that is late TIMEOUT, and one after `close` of the adapter CLOSED; from then on nothing is told.',
    'tracking',
    async (bench) => {
      const watcher = await watch(bench, bench.prefix);
      const refused = async (code: string, call: ReturnType<Bench['call']>): Promise<void> => {
        const failure = failureOf(
          await within(bench.patienceMs, 'confirm', watcher.confirm(call)),
          'confirm',
        );
        deepEqual([failure.code, failure.outcome], [code, 'not-applied']);
      };
      await refused('ABORTED', bench.call(AbortSignal.abort()));
      await refused('TIMEOUT', { deadline: bench.deadline(-1) });
      await bench.adapter.close();
      await refused('CLOSED', bench.call());
      const late = trackingOf(bench.adapter).track(bench.prefix, watcher);
      await turns(3);
      await within(bench.patienceMs, 'closing after close', late.close());
      deepEqual(
        watcher.told.filter((told) => told === 'hearing'),
        ['hearing'],
      );
    },
  ],
  throws: [
    'A tracker that throws harms nobody: others hear, and calls succeed.',
    'tracking',
    (bench) =>
      withoutWarnings(async () => {
        const fail = (): never => {
          throw new Error('of a tracker');
        };
        trackingOf(bench.adapter).track(bench.prefix, { hearing: fail, lost: fail, changed: fail });
        const watcher = await watch(bench, bench.prefix);
        for (const key of bench.keys(2)) {
          await bench.put(key);
          await confirmed(bench, watcher);
          ok(watcher.heard(key), `${key} was not told`);
        }
        await turns();
      }),
  ],
});

async function confirmed(bench: Bench, watcher: Watcher): Promise<void> {
  const answer = within(bench.patienceMs + 2000, 'confirm', watcher.confirm(bench.call()));
  valueIn(await answer, 'confirm');
}

async function fails(watcher: Watcher, bench: Bench): Promise<void> {
  const call = { deadline: bench.deadline(DEADLINE_MS) };
  const { code } = failureOf(
    await within(DEADLINE_MS + LATE_MS, 'confirm', watcher.confirm(call)),
    'confirm',
  );
  ok(code === 'TIMEOUT' || code === 'UNAVAILABLE', `confirm failed with ${code}`);
}
