import { describe, expect, test } from 'vitest';
import {
  type AnyAdapter,
  circuitBreaker,
  failed,
  failover,
  metrics,
  ok,
  partition,
  prefix,
  retry,
  timeout,
} from '../src/index.ts';
import { ManualClock, toldAdapter } from './fake.ts';

const clock = new ManualClock();
const OUT = { code: 'UNAVAILABLE', message: 'out', retryable: true, outcome: 'not-applied' } as const;
const soon = () => ({ deadline: clock.monotonic() + 1000 });

describe('every layer says that there are replicas, and hands on whether they may answer', () => {
  test.each<[string, (inner: AnyAdapter) => AnyAdapter]>([
    ['timeout', (inner) => timeout(inner, { timeout: 50, clock })],
    ['retry', (inner) => retry(inner, { clock })],
    ['circuitBreaker', (inner) => circuitBreaker(inner, { clock })],
    ['metrics', (inner) => metrics(inner, () => undefined, { clock })],
    ['prefix', (inner) => prefix(inner, 'p')],
    ['partition', (inner) => partition([{ name: 'one', adapter: inner }])],
    [
      'failover',
      (inner) =>
        failover(
          inner,
          toldAdapter(() => ok(undefined)),
          { clock },
        ),
    ],
  ])('%s', async (_name, layer) => {
    const told = toldAdapter(() => ok(undefined));
    const adapter = layer({ ...told, hasReplicas: true });
    expect(adapter.hasReplicas).toBe(true);
    expect(layer(told).hasReplicas).toBeUndefined();
    await adapter.read(['k'], { ...soon(), mayLag: true });
    await adapter.read(['k'], soon());
    expect(told.given.map(({ call }) => call.mayLag)).toEqual([true, undefined]);
  });
});

test('a circuit that is open tries the server, not a replica; what replicas answer does not close it', async () => {
  let isOut = true;
  const told = toldAdapter(() => (isOut ? failed(OUT) : ok(undefined)));
  const adapter = circuitBreaker(told, { failures: 2, open: 100, clock });
  const read = async (mayLag: boolean) => (await adapter.read(['k'], { ...soon(), mayLag }))[0]?.ok;
  expect([await read(false)]).toEqual([false]);
  isOut = false;
  expect(await read(true)).toBe(true);
  isOut = true;
  expect(await read(false)).toBe(false);
  const asked = told.given.length;
  expect(await read(true)).toBe(false);
  expect(told.given.length).toBe(asked);
  clock.advance(100);
  isOut = false;
  expect(await read(true)).toBe(true);
  expect(told.given.at(-1)?.call.mayLag).toBe(false);
  expect(await read(true)).toBe(true);
  expect(told.given.at(-1)?.call.mayLag).toBe(true);
});
