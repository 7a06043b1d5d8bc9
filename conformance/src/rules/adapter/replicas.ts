import { equal, ok } from 'node:assert/strict';
import type { Call, Stored, Version } from '@cache/core';
import type { Bench } from '../../kit/bench.ts';
import { until } from '../../kit/check.ts';
import { samePayload } from '../../kit/payload.ts';
import { type AdapterRule, group } from '../../rule.ts';

/** Reads that replicas may answer, and those that they must not. */
export const replicas: readonly AdapterRule[] = group('replicas', {
  answers: [
    'A read that may lag answers by position, duplicates kept, nothing but what was written under each key; the last write, where the adapter does not say `hasReplicas`.',
    async (bench) => {
      const [one, two, absent] = bench.keys(3) as [string, string, string];
      const [first, second] = [bench.payload('one'), bench.payload('two')];
      await bench.put(one, first);
      await bench.put(two, second);
      const keys = [one, absent, two, one];
      const found = await bench.all<Stored<unknown> | undefined>(
        'read',
        keys.length,
        bench.adapter.read(keys, lagging(bench)),
      );
      const expected = [first, undefined, second, first];
      for (const [index, stored] of found.entries()) {
        if (stored === undefined && bench.adapter.hasReplicas === true) continue;
        bench.same(stored?.payload, expected[index], `position ${index}`);
      }
      equal((await bench.adapter.read([], lagging(bench))).length, 0);
    },
  ],
  used: [
    'A read that may lag is answered by a replica, with what that has.',
    'lag',
    async (bench) => {
      await behind(bench, async ({ key, old }) => {
        await until(bench.patienceMs, 'a replica answers', async () => {
          const [outcome] = await bench.adapter.read([key], lagging(bench));
          if (outcome?.ok !== true || outcome.value === undefined) return false;
          return samePayload(outcome.value.payload, old);
        });
      });
    },
  ],
  current: [
    'A read that may not lag, a condition and what an effect answers see the last write, however far replicas are behind.',
    'lag',
    async (bench) => {
      await behind(bench, async ({ key, version, current }) => {
        for (let time = 0; time < 10; time += 1) {
          await bench.holds(key, current, `read ${time}`);
          const [explicit] = await bench.adapter.read([key], { ...bench.call(), mayLag: false });
          ok(explicit?.ok && explicit.value !== undefined);
          bench.same(explicit.value.payload, current, `read ${time} that says so`);
        }
        ok(!(await bench.write(key, bench.payload('over'), { version })).written, 'an old version holds');
        ok(
          !(await bench.write(key, bench.payload('over'), 'absent')).written,
          'a key that is there is absent',
        );
        equal(await bench.remove(key), true);
        equal(await bench.read(key), undefined);
        equal(await bench.remove(key), false);
        equal((await bench.write(key, bench.payload('over'), 'present')).written, false);
      });
    },
  ],
});

function lagging(bench: Bench): Call {
  return { ...bench.call(), mayLag: true };
}

/** A key that replicas have as it was, and the server as it is. */
interface Behind {
  readonly key: string;
  readonly old: unknown;
  /** Of what was. */
  readonly version: Version;
  readonly current: unknown;
}

async function behind(bench: Bench, run: (key: Behind) => Promise<void>): Promise<void> {
  const { disrupt } = bench.opened;
  const key = bench.key();
  const [old, current] = [bench.payload('old'), bench.payload('new')];
  const version = await bench.put(key, old);
  await disrupt?.lag?.();
  try {
    await bench.put(key, current);
    await run({ key, old, version, current });
  } finally {
    await disrupt?.catchUp?.();
  }
}
