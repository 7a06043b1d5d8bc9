import type { Call, Failure, Outcome } from '@cache/core';

/** A call with a deadline so many ms from now. */
export function call(ms = 5000): Call {
  return { deadline: performance.now() + ms };
}

/** The value of the one item of a call. */
export async function valueIn<T>(answer: Promise<Outcome<T>[]>): Promise<T> {
  const [outcome] = await answer;
  if (outcome?.ok !== true) throw new Error(`it failed: ${outcome?.error.message}`);
  return outcome.value;
}

/** The failure of the one item of a call. */
export async function failureIn(answer: Promise<Outcome<unknown>[]>): Promise<Failure> {
  const [outcome] = await answer;
  if (outcome?.ok !== false) throw new Error('it succeeded');
  return outcome.error;
}

/** Resolves once it is so. */
export async function until(condition: () => boolean | Promise<boolean>, boundMs = 10_000): Promise<void> {
  const end = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the condition did not come about');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A payload as core makes them: 16 bytes of stamp, then this. */
export function payload(text: string): Buffer {
  return Buffer.concat([crypto.getRandomValues(new Uint8Array(16)), Buffer.from(text)]);
}
