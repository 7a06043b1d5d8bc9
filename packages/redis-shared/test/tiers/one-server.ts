import { type FaultProxy, openProxy } from '@cache/conformance';
import { startRedis } from '@cache/servers';
import { test } from 'vitest';
import { runTiers, type TierRun } from './run.ts';
import { cut, delayed, frozen, frozenProcess, restarted } from './troubles.ts';

export const MS: number = Number(process.env.CACHE_TIERS_SECONDS ?? 60) * 1000;
export const OPTIONS: { readonly timeout: number } = { timeout: 120_000 + 3 * MS };

/** Three processes over one server, each with a way of its own to it. */
export function overOneServer(
  driver: TierRun['driver'],
  product: 'redis' | 'valkey',
  bus: TierRun['bus'],
): void {
  test(`over ${bus} on ${product}`, OPTIONS, async () => {
    const server = await startRedis({ product, controllable: true });
    const proxies: FaultProxy[] = [];
    try {
      for (let i = 0; i < 3; i += 1) proxies.push(await openProxy({ target: server, protocol: 'resp' }));
      await runTiers({
        driver,
        way: (index) => ({ url: proxies[index]?.url('redis') }),
        bus,
        ms: MS,
        troubles: [
          frozenProcess,
          cut(() => proxies),
          delayed(() => proxies),
          frozen(() => server),
          restarted(() => server),
          cut(() => proxies),
        ],
      });
    } finally {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await server.close();
    }
  });
}
