import { equal, fail, ok } from 'node:assert/strict';
import type { Counters, Failure, FloatCounters, Outcome } from '@cache/core';

/** The value of a successful outcome; rejects a failure, and what is no outcome. */
export function valueIn<T>(outcome: Outcome<T> | undefined, what: string): T {
  ok(typeof outcome === 'object' && outcome !== null, `${what} answered no outcome`);
  if (outcome.ok === true) return outcome.value;
  fail(`${what} failed: ${outcome.error?.code} ${outcome.error?.message}`);
}

/** The failure of an unsuccessful outcome; rejects a success. */
export function failureOf(outcome: Outcome<unknown> | undefined, what: string): Failure {
  ok(typeof outcome === 'object' && outcome !== null, `${what} answered no outcome`);
  ok(outcome.ok === false, `${what} succeeded`);
  const { error } = outcome;
  ok(typeof error?.code === 'string', `${what}: the failure has no code`);
  ok(typeof error.message === 'string', `${what}: the failure has no message`);
  ok(typeof error.retryable === 'boolean', `${what}: the failure does not say whether it is retryable`);
  ok(
    error.outcome === 'not-applied' || error.outcome === 'applied' || error.outcome === 'unknown',
    `${what}: the failure does not say what became of the effect`,
  );
  return error;
}

/**
 * Holds that the promise rejects with this very error. `rejects` of `node:assert` looks into an error by its class,
 * which is another one in the realm that jest gives a test.
 */
export async function rejectsWith(error: Error, promise: Promise<unknown>): Promise<void> {
  const found = await promise.then(
    () => fail(`resolved, instead of: ${error.message}`),
    (reason: unknown) => reason,
  );
  equal(found, error);
}

/** Settles as the promise does, or rejects when it has not within a wide bound. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Polls until the condition holds; rejects after a wide bound. */
export async function until(
  ms: number,
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) fail(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Some turns of the event loop. */
export async function turns(count = 2): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The counters as counters of fractions, if they are. */
export function floatsOf(counters: Counters | undefined): FloatCounters | undefined {
  return counters !== undefined && 'addFloat' in counters ? (counters as FloatCounters) : undefined;
}
