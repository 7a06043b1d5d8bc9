import { createCache, memoryBus, pubsubBus } from '@cache/core';
import { expect, test } from 'vitest';
import { memberOf } from '../../../core/test/tiers/member.mjs';
import { goThrough, pause } from '../../../core/test/tiers/trouble.ts';
import { CONVERGE_MS, hold } from '../../../core/test/tiers/verdict.ts';
import { memoryAdapter } from '../../src/index.ts';
import { TroubledServer } from '../tiers/troubled-server.ts';
import { troublesOf } from '../tiers/troubles.ts';

const MS = Number(process.env.CACHE_TIERS_SECONDS ?? 60) * 1000;
const OPTIONS = { timeout: 60_000 + 3 * MS };
const MEMBERS = 3;
const KEYS = 24;
const TAGS = 4;
const HEARTBEAT_MS = 250;

/** @param reaches whether the bus reaches others */
async function runTiers(ms: number, reaches: boolean): Promise<void> {
  const seed = Date.now() % 1_000_000;
  const server = new TroubledServer(seed);
  const fleet = Array.from({ length: MEMBERS }, (_, index) => {
    const { adapter, pubsub, line } = server.open();
    const heartbeat = `${HEARTBEAT_MS}ms` as const;
    const cache = createCache({
      adapter,
      local: memoryAdapter({ maxEntries: 1000 }),
      bus: reaches ? pubsubBus({ name: 'memory', pubsub }, { heartbeat }) : memoryBus({ heartbeat }),
      localTtl: '1h',
      ttl: '10m',
      timeout: 2000,
    });
    let frozen: { readonly until: Promise<void>; readonly end: () => void } | undefined;
    const target = {
      pause(): void {
        let end = (): void => undefined;
        const until = new Promise<void>((resolve) => {
          end = resolve;
        });
        frozen = { until, end };
        line.treat('held');
      },
      goOn(): void {
        frozen?.end();
        frozen = undefined;
        // Its first calls may come before what has arrived meanwhile.
        setTimeout(() => line.treat(undefined), 20);
      },
    };
    const ready = async (): Promise<void> => await frozen?.until;
    const member = memberOf(cache, { index, members: MEMBERS, keys: KEYS, tags: TAGS, seed, ready });
    return { cache, member, target };
  });
  try {
    const running = fleet.map(({ member }) => member.run(ms));
    const targets = fleet.map(({ target }) => target);
    const losses = await goThrough(troublesOf(server), ms, targets);
    const answers = await Promise.all(running);
    await pause(CONVERGE_MS);
    const views = await Promise.all(fleet.map(({ member }) => member.all()));
    const boundMs = 3 * HEARTBEAT_MS;
    hold({ says: 'memory, pubsub', seed, tags: TAGS, answers, losses, views, boundMs });
  } finally {
    await Promise.all(fleet.map(({ cache }) => cache.close()));
    await server.close();
  }
}

test('three caches with local tiers over one memory, through troubles', OPTIONS, async () => {
  await runTiers(MS, true);
});

test('with a bus that reaches nobody the same finds what is wrong', OPTIONS, async () => {
  await expect(runTiers(Math.min(MS, 8000), false)).rejects.toThrow('seed');
});
