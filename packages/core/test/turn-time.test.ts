import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../src/clock.ts';
import { TurnTime } from '../src/turn-time.ts';
import { ManualClock } from './fake.ts';

const READINGS = 10_000;

afterEach(() => {
  vi.restoreAllMocks();
});

test("the machine's clock is read seldom in a busy turn, and again in the next one", async () => {
  const read = vi.spyOn(systemClock, 'monotonic');
  const time = new TurnTime(systemClock, 'monotonic');
  for (let reading = 0; reading < READINGS; reading += 1) time.now();
  expect(read.mock.calls.length).toBeLessThan(READINGS / 16);
  await new Promise((resolve) => setImmediate(resolve));
  read.mockReturnValue(1e9);
  expect(time.now()).toBe(1e9);
});

test('in a turn that does not end the time goes on', () => {
  const time = new TurnTime(systemClock, 'monotonic');
  for (let reading = 0; reading < READINGS; reading += 1) time.now();
  vi.spyOn(systemClock, 'monotonic').mockReturnValue(1e9 + 0.5);
  const readings = Array.from({ length: 65 }, () => time.now());
  expect(readings.at(-1)).toBe(1e9);
});

test('an injected clock may leap at any time', () => {
  const clock = new ManualClock();
  const time = new TurnTime(clock, 'now');
  for (let reading = 0; reading < 100; reading += 1) {
    clock.advance(1);
    expect(time.now()).toBe(clock.now());
  }
});
