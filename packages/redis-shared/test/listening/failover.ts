import type { RedisAdapter } from '@cache/redis-shared';
import { expect } from 'vitest';
import { call, payload } from '../cluster/driver.ts';
import { subscribed, tracked } from './ears.ts';

const WITHIN = { timeout: 40_000, interval: 50 };

/**
 * Listening goes on after the master of a key has got a successor, which is told, and from when it is confirmed every
 * change at the successor is heard.
 * @param failover resolves when the successor is there
 */
export async function listensOn(
  adapter: RedisAdapter,
  key: string,
  failover: () => Promise<unknown>,
): Promise<void> {
  const heard = subscribed(adapter.pubsub, key);
  const noted = tracked(adapter.tracking, key);
  const write = { key, payload: payload('v'), ttlMs: null };
  await expect.poll(() => [...heard.told, ...noted.told], WITHIN).toEqual(['subscribed', 'hearing']);
  expect(await adapter.pubsub.publish(key, 'before', call())).toMatchObject({ ok: true });
  await expect.poll(() => heard.texts).toEqual(['before']);
  await failover();
  await expect.poll(async () => (await adapter.write([write], call(500)))[0]?.ok, WITHIN).toBe(true);
  await expect.poll(() => noted.told.includes('lost') && noted.told.at(-1), WITHIN).toBe('hearing');
  await expect.poll(async () => (await noted.tracked.confirm(call(1000))).ok, WITHIN).toBe(true);
  // Connections may be lost once more before all agree on the successor; what is lost is told.
  for (let rounds = 0; rounds < 20; ) {
    const [keys, events] = [noted.keys.length, noted.told.length];
    const [written] = await adapter.write([{ ...write, payload: payload('v') }], call());
    const confirmed = await noted.tracked.confirm(call());
    if (!written?.ok || !confirmed.ok) {
      // What is refused at once takes no turn of the event loop, without which nothing would ever change.
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    rounds += 1;
    if (noted.told.length === events) expect(noted.keys.slice(keys)).toEqual([key]);
  }
  await expect
    .poll(async () => {
      await adapter.pubsub.publish(key, 'after', call());
      return heard.texts.at(-1);
    }, WITHIN)
    .toBe('after');
  const numbers = heard.numbers.map(([, number]) => number);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
}
