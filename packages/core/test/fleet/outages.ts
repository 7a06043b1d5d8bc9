import { expect, test } from 'vitest';
import { Fleet } from './fleet.ts';
import type { Driver, Server } from './process.ts';

const TASK = { ms: 12_000, perSecond: 1000, keys: 300, loaderMs: 20 };
const BEFORE_MS = 2000;
const OUTAGE_MS = 5000;
/** No call takes longer, beyond its loader. */
const BOUND_MS = 1000;
/** So long after the outage service is as before. */
const BACK_MS = 2000;

interface CallRecord {
  readonly at: number;
  readonly ms: number;
  readonly loaderMs: number;
  readonly error?: string;
}

const HARMS: readonly (readonly [
  says: string,
  begin: (s: Server) => Promise<void>,
  end: (s: Server) => Promise<void>,
])[] = [
  ['killed', (server) => server.kill(), (server) => server.restart()],
  ['frozen', (server) => server.freeze(), (server) => server.thaw()],
];

/** A server that is gone for 5 s under 1,000 calls a second, with default options. */
export function outages(driver: Driver, server: () => Server): void {
  for (const [says, begin, end] of HARMS) {
    test(`the server is ${says} for 5 s under 1,000 calls a second: none waits long, none fails, and service is back`, {
      timeout: 60_000,
    }, async () => {
      await using fleet = await Fleet.start(driver, server().url, 1);
      const [one] = fleet.processes;
      if (one === undefined) return expect.unreachable();
      const begun = one.tells('running');
      const answer = one.ask<{ calls: CallRecord[]; lagMs: number }>('outage', TASK);
      await begun;
      await pause(BEFORE_MS);
      await begin(server());
      await pause(OUTAGE_MS);
      await end(server());
      const backAt = Date.now();
      const { calls, lagMs } = await answer;
      const longest = calls.reduce((most, call) => (beyond(call) > beyond(most) ? call : most));
      const after = calls.filter(({ at }) => at > backAt + BACK_MS);
      const hits = after.filter(({ loaderMs }) => loaderMs === 0).length;
      const slowest = Math.max(...after.map(beyond));
      console.log(
        `${driver}, ${says}: ${calls.length} calls, the longest ${Math.round(beyond(longest))} ms beyond its loader ` +
          `${longest.at - backAt} ms after the end (event loop: ${Math.round(lagMs)} ms); ` +
          `${BACK_MS} ms after the end ${hits} of ${after.length} were hits, the slowest ${Math.round(slowest)} ms`,
      );
      expect(calls.length).toBeGreaterThan((TASK.ms / 1000) * TASK.perSecond * 0.8);
      expect(calls.flatMap(({ error }) => error ?? [])).toEqual([]);
      expect(beyond(longest)).toBeLessThan(BOUND_MS + lagMs);
      expect(after.length).toBeGreaterThan(1000);
      expect(hits / after.length).toBeGreaterThan(0.95);
      expect(slowest).toBeLessThan(100 + lagMs);
    });
  }
}

/** How long a call took beyond its loader: that of another caller whose load it joined, if it ran none. */
function beyond({ ms, loaderMs }: CallRecord): number {
  return ms - (loaderMs === 0 ? Math.min(ms, TASK.loaderMs) : loaderMs);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
