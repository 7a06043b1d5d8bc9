import { equal, ok } from 'node:assert/strict';
import type { Disrupt } from '../../harness.ts';
import type { Bench } from '../../kit/bench.ts';
import { failureOf, until, within } from '../../kit/check.ts';
import { methodsOf } from '../../kit/methods.ts';
import { type AdapterRule, group } from '../../rule.ts';

const DEADLINE_MS = 300;
/** What a busy machine may need beyond the deadline. */
const LATE_MS = 2500;

export const disrupted: readonly AdapterRule[] = group('disrupted', {
  frozen: [
    'While the server answers nothing, every call settles by its deadline, with a failure for each item that says what became of its effect.',
    'freeze',
    async (bench) => {
      await bench.put(bench.key());
      const disrupt = disruptOf(bench);
      await disrupt.freeze?.();
      try {
        await everyCallFails(bench);
      } finally {
        await disrupt.thaw?.();
      }
    },
  ],
  thawed: [
    'When a frozen server goes on, calls succeed again without a new adapter.',
    'freeze',
    async (bench) => {
      const disrupt = disruptOf(bench);
      await bench.put(bench.key());
      await disrupt.freeze?.();
      await shortWrite(bench, bench.key());
      await disrupt.thaw?.();
      await recovers(bench);
    },
  ],
  'no-late-write': [
    'A write that failed as not applied never takes effect later, not even after the connection is back.',
    'freeze',
    async (bench) => {
      const disrupt = disruptOf(bench);
      const keys = bench.keys(5);
      await bench.put(bench.key());
      await disrupt.freeze?.();
      const failures: string[] = [];
      for (const key of keys) failures.push(await shortWrite(bench, key));
      await disrupt.thaw?.();
      await recovers(bench);
      const marks = keys.filter((_, i) => failures[i] === 'not-applied');
      for (const key of marks) equal(await bench.read(key), undefined, 'it came about later');
    },
  ],
  down: [
    'While the server refuses connections, every call settles by its deadline with a failure, and nothing is queued for later.',
    'down',
    async (bench) => {
      const disrupt = disruptOf(bench);
      const key = bench.key();
      await bench.put(bench.key());
      await disrupt.down?.();
      let outcome: string;
      try {
        await everyCallFails(bench);
        outcome = await shortWrite(bench, key);
      } finally {
        await disrupt.up?.();
      }
      await recovers(bench);
      if (outcome === 'not-applied') equal(await bench.read(key), undefined, 'it came about later');
    },
  ],
  cut: [
    'When connections are cut, calls under way settle, and later ones succeed over new connections.',
    'cut',
    async (bench) => {
      const pending = Array.from({ length: 20 }, () =>
        methodsOf(bench).map((m) => m.batch([bench.key()], bench.call())),
      );
      await disruptOf(bench).cut?.();
      await within(bench.patienceMs + 2000, 'calls under way at the cut', Promise.all(pending.flat()));
      await recovers(bench);
    },
  ],
});

function disruptOf(bench: Bench): Disrupt {
  return bench.opened.disrupt as Disrupt;
}

async function everyCallFails(bench: Bench): Promise<void> {
  await Promise.all(
    methodsOf(bench).map(async (method) => {
      const call = { deadline: bench.deadline(DEADLINE_MS) };
      const answer = method.batch([bench.key(), bench.key()], call);
      const outcomes = await within(DEADLINE_MS + LATE_MS, method.name, answer);
      equal(outcomes.length, 2);
      for (const outcome of outcomes) {
        const { code } = failureOf(outcome, method.name);
        ok(code === 'TIMEOUT' || code === 'UNAVAILABLE', `${method.name} failed with ${code}`);
      }
    }),
  );
}

/** What a write with a short deadline says of its effect. */
async function shortWrite(bench: Bench, key: string): Promise<string> {
  const call = { deadline: bench.deadline(DEADLINE_MS) };
  const write = { key, payload: bench.payload(), ttlMs: 600_000 };
  const [outcome] = await within(DEADLINE_MS + LATE_MS, 'write', bench.adapter.write([write], call));
  return failureOf(outcome, 'write').outcome;
}

async function recovers(bench: Bench): Promise<void> {
  const key = bench.key();
  const payload = bench.payload('recovered');
  await until(3 * bench.patienceMs, 'a write succeeds again', async () => {
    const call = { deadline: bench.deadline(1000) };
    const [outcome] = await bench.adapter.write([{ key, payload, ttlMs: 600_000 }], call);
    return outcome?.ok === true;
  });
  await bench.holds(key, payload);
}
