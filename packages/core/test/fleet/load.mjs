import { monitorEventLoopDelay } from 'node:perf_hooks';

const TURN_MS = 5;

/**
 * Calls getOrSet so many times a second for a while, whatever happens to the server, and says what became of each call:
 * when it began, how long it took beyond its loader, and whether its value was there.
 */
export async function outage(cache, { ms, perSecond, keys, loaderMs }, running) {
  const calls = [];
  const pending = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const pause = () => new Promise((resolve) => setTimeout(resolve, loaderMs));
  const call = async (number) => {
    const startedAt = performance.now();
    const record = { at: Date.now(), ms: 0, loaderMs: 0, error: undefined };
    calls.push(record);
    const loader = async () => {
      const from = performance.now();
      await pause();
      record.loaderMs += performance.now() - from;
      return number;
    };
    try {
      if ((await cache.getOrSet(`k${number % keys}`, loader)) === undefined) record.error = 'no value';
    } catch (error) {
      record.error = String(error);
    }
    record.ms = performance.now() - startedAt;
  };
  const startedAt = performance.now();
  running();
  while (performance.now() < startedAt + ms) {
    const due = ((performance.now() - startedAt) / 1000) * perSecond;
    while (pending.length < due) pending.push(call(pending.length));
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
  await Promise.all(pending);
  delay.disable();
  return { calls, lagMs: delay.max / 1e6 };
}
