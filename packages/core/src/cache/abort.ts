import { abortedBy } from '../contract/call.ts';
import type { Effect } from '../contract/outcome.ts';

/** The one listener of a signal, and all who wait for it. */
interface Waiters {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const waitersOf: WeakMap<AbortSignal, Waiters> = new WeakMap();

/**
 * Calls back when the signal is aborted; returns what ends that. A signal gets one listener, however many calls wait
 * with it: hosts warn of more than a few.
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  let waiters = waitersOf.get(signal);
  if (waiters === undefined) {
    const calls = new Set<() => void>();
    const listener = (): void => {
      for (const call of [...calls]) call();
    };
    waiters = { calls, listener };
    waitersOf.set(signal, waiters);
    signal.addEventListener('abort', listener);
  }
  const { calls, listener } = waiters;
  // Whoever waits twice waits with two functions of his own.
  const call = (): void => callback();
  calls.add(call);
  return () => {
    calls.delete(call);
    if (calls.size > 0 || waitersOf.get(signal)?.calls !== calls) return;
    signal.removeEventListener('abort', listener);
    waitersOf.delete(signal);
  };
}

/** What a promise comes to, or the failure of the signal as soon as it is aborted. */
export function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  outcome: Effect,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedBy(signal, outcome));
    if (signal.aborted) onAbort();
    promise.then(resolve, reject).then(whenAborted(signal, onAbort));
  });
}
