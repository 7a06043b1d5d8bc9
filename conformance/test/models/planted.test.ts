import { describe, expect, test } from 'vitest';
import { Found, harnessOf, mutants, run } from '../../src/index.ts';

/** What a rule finds in a mutant. */
async function found(name: string, rule: string, seed: number): Promise<Found> {
  const mutant = mutants.find((one) => one.name === name);
  if (mutant === undefined) throw new RangeError(`no mutant ${name}`);
  const { results } = await run({ ...harnessOf(mutant), models: { seed } }, { only: [rule] });
  const error = results[0]?.error;
  if (!(error instanceof Found)) throw new Error(`${rule} found nothing in ${name}: ${String(error)}`);
  return error;
}

/** Each with a seed that finds it, and the most that its shortest history may take. */
const PLANTED = [
  { name: 'lost-update', rule: 'linearizable/conditions', seed: 7, most: 11 },
  { name: 'fill-after-delete', rule: 'cache/orders/no-stale-fill', seed: 7, most: 14 },
  { name: 'double-apply', rule: 'linearizable/cut', seed: 7, most: 6 },
  { name: 'count-twice', rule: 'cache/orders/counters', seed: 7, most: 10 },
] as const;

describe('a planted bug is found, and its seed replays to the same short history', () => {
  for (const { name, rule, seed, most } of PLANTED) {
    test(`${name} by ${rule}`, async () => {
      const first = await found(name, rule, seed);
      expect(first.history.length).toBeLessThanOrEqual(most);
      for (let time = 0; time < 2; time += 1) {
        const again = await found(name, rule, seed);
        expect(again.history).toEqual(first.history);
        expect(again.message).toBe(first.message);
      }
    });
  }
});

test('a finding tells the history in words and how to see it again', async () => {
  const { message } = await found('double-apply', 'linearizable/cut', 7);
  expect(message).toMatch(/add answered 2, not 1/);
  expect(message).toMatch(/^ {2}1\. .* calls add$/m);
  expect(message).toMatch(/CACHE_SEED=7 finds it again, CACHE_SEED=7 CACHE_PATH=[\d:]+ runs it alone/);
});

test('the path alone leads to the same history', async () => {
  const first = await found('count-twice', 'cache/orders/counters', 7);
  const [, path = ''] = /CACHE_PATH=([\d:]+)/.exec(first.message) ?? [];
  const mutant = mutants.find((one) => one.name === 'count-twice');
  const harness = { ...harnessOf(mutant), models: { seed: 7, path } };
  const { results } = await run(harness, { only: ['cache/orders/counters'] });
  expect(results[0]?.error).toMatchObject({ history: first.history });
});
