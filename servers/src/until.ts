/** Runs a check again and again until it gives something other than `undefined` or the time is over. */
export async function until<T>(
  check: () => Promise<T | undefined> | T | undefined,
  ms: number,
): Promise<T | undefined> {
  const end = performance.now() + ms;
  for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
    const value = await check();
    if (value !== undefined || performance.now() >= end) return value;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const EVENTUALLY_MS = 30_000;

/** Waits until a check gives true; what it throws counts as not yet. Rejects after half a minute. */
export async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  let last = '';
  const done = await until(async () => {
    try {
      return (await check()) || undefined;
    } catch (error) {
      last = ` (${reason(error)})`;
      return undefined;
    }
  }, EVENTUALLY_MS);
  if (!done) throw new Error(`servers: not within ${EVENTUALLY_MS} ms: ${what}${last}`);
}

/** Settles as the promise does, or rejects when the time is over. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The message of whatever was thrown. */
export function reason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // Node reports several refused addresses as an AggregateError with an empty message.
  return thrown.message || (thrown as NodeJS.ErrnoException).code || thrown.name;
}
