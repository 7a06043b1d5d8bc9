import { expect, test } from 'vitest';
import { Fleet, loadsOf, type Told } from './fleet.ts';
import type { Driver, Server } from './process.ts';

const LEASE_MS = 1000;
const LOADER_MS = 100;
/** What the machine, which is shared, and four processes on it may take. */
const SLACK_MS = 1000;
/** The timeout of calls. */
const TIMEOUT_MS = 500;

const timeout = 30_000;

/** At each step of its load, and how many loads the others need then. */
const STEPS: readonly (readonly [step: string, loads: number])[] = [
  ['claim:before', 1],
  ['claim:after', 1],
  ['load', 1],
  ['fill:before', 1],
  ['fill:after', 0],
];

const held = { lease: `${LEASE_MS}ms`, loaderMs: LOADER_MS };

/** A fleet whose holder of a lease, or whose server, dies or stops. */
export function misfortunes(driver: Driver, server: () => Server): void {
  for (const [step, loads] of STEPS) {
    test(`the process that loads is killed at ${step}: ${loads} load by the others`, {
      timeout,
    }, async () => {
      await using fleet = await Fleet.start(driver, server().url);
      const [holder, ...others] = fleet.processes;
      if (holder === undefined) return expect.unreachable();
      const dies = { step, signal: 'SIGKILL' } as const;
      void fleet.load({ key: 'k', value: 'lost', ...held, dies }, [holder]);
      await Promise.race([holder.tells('loading'), holder.exit]);
      const told = await fleet.load({ key: 'k', value: 'new', ...held }, others);
      expect(await holder.exit).toBe('SIGKILL');
      expect(told.flatMap(({ values }) => values)).toEqual(new Array(3).fill(loads === 1 ? 'new' : 'lost'));
      expect(loadsOf(told)).toBe(loads);
      expect(longestOf(told)).toBeLessThan(LEASE_MS + 2 * LOADER_MS + SLACK_MS);
    });
  }

  test('the process that loads stops for longer than its lease: one load more, and its own is not kept', {
    timeout,
  }, async () => {
    await using fleet = await Fleet.start(driver, server().url);
    const [holder, ...others] = fleet.processes;
    if (holder === undefined) return expect.unreachable();
    const dies = { step: 'load', signal: 'SIGSTOP' } as const;
    const late = fleet.load({ key: 'k', value: 'old', ...held, dies }, [holder]);
    await holder.tells('loading');
    const told = await fleet.load({ key: 'k', value: 'new', ...held }, others);
    expect(told.flatMap(({ values }) => values)).toEqual(['new', 'new', 'new']);
    expect(loadsOf(told)).toBe(1);
    expect(longestOf(told)).toBeLessThan(LEASE_MS + 2 * LOADER_MS + SLACK_MS);
    holder.goOn();
    expect(loadsOf(await late)).toBe(1);
    expect(await fleet.get('k')).toEqual(['new', 'new', 'new', 'new']);
  });

  test('the server is frozen: one load in each process, in time, and one in all when it goes on', {
    timeout,
  }, async () => {
    await using fleet = await Fleet.start(driver, server().url);
    await server().freeze();
    const told = await fleet.load({ key: 'k', value: 'v', loaderMs: LOADER_MS });
    await server().thaw();
    expect(told.map(({ values }) => values)).toEqual(new Array(4).fill(['v']));
    expect(told.map(({ loads }) => loads)).toEqual([1, 1, 1, 1]);
    expect(longestOf(told)).toBeLessThan(2 * TIMEOUT_MS + LOADER_MS + SLACK_MS);
    await expect.poll(() => fleet.get('warm'), { timeout: 5000 }).toEqual([1, 1, 1, 1]);
    const after = await fleet.load({ key: 'after', value: 'v', loaderMs: LOADER_MS });
    expect(loadsOf(after)).toBe(1);
  });
}

function longestOf(told: readonly Told[]): number {
  return Math.max(...told.map(({ longestMs }) => longestMs));
}
