/**
 * Asks for what may be for ever in coming, once at a time: who asks meanwhile waits for the same answer, for so long.
 * @param otherwise what is said where it takes longer
 */
export function inquiry<T>(ask: () => Promise<T>, otherwise: string): (ms: number) => Promise<T> {
  let running: Promise<T> | undefined;
  return (ms) => {
    running ??= ask().finally(() => {
      running = undefined;
    });
    return within(running, ms, otherwise);
  };
}

/** @throws Error where it takes longer */
export async function within<T>(promise: Promise<T>, ms: number, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
