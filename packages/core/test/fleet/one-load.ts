import { expect, test } from 'vitest';
import { Fleet, loadsOf } from './fleet.ts';
import type { Driver } from './process.ts';

const ROUNDS = 5;

/** 4 processes × 250 callers × one missing key = 1 load. */
export function oneLoad(driver: Driver, url: () => string): void {
  test('four processes with 250 callers each of a key that is not there: one load', {
    timeout: 30_000,
  }, async () => {
    await using fleet = await Fleet.start(driver, url());
    for (let round = 0; round < ROUNDS; round += 1) {
      const told = await fleet.load({ key: `k${round}`, value: `v${round}`, loaderMs: 20 * round });
      expect(told.flatMap(({ values }) => values)).toEqual(new Array(4).fill(`v${round}`));
      expect(loadsOf(told), `round ${round}`).toBe(1);
    }
  });
}
