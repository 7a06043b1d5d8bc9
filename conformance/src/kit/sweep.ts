import { fail } from 'node:assert/strict';
import { turns } from './check.ts';

const LEAK_BOUND_MS = 3000;

/**
 * What must hold after every rule: nothing that keeps the process alive is left, and no rejection
 * or exception went unhandled. Resources are polled with a bound, because closing a socket takes its time.
 */
export class Sweep {
  readonly #before: ReadonlyMap<string, number> = resources();
  readonly #unhandled: Error[] = [];
  readonly #onRejection = (reason: unknown): void => {
    this.#unhandled.push(new Error(`a rejection went unhandled: ${String(reason)}`, { cause: reason }));
  };
  readonly #onException = (error: unknown): void => {
    const message = `an exception was thrown where nobody could catch it: ${String(error)}`;
    this.#unhandled.push(new Error(message, { cause: error }));
  };

  constructor() {
    process.on('unhandledRejection', this.#onRejection);
    process.on('uncaughtException', this.#onException);
  }

  /** @throws when something was left behind */
  async end(): Promise<void> {
    try {
      await turns();
      const [first] = this.#unhandled;
      if (first !== undefined) throw first;
      const end = performance.now() + LEAK_BOUND_MS;
      let left = this.#left();
      while (left.length > 0) {
        if (performance.now() > end) fail(`left behind: ${left.join(', ')}`);
        // Unref'd, so that it is no resource itself.
        await new Promise((resolve) => setImmediate(resolve));
        left = this.#left();
      }
    } finally {
      process.off('unhandledRejection', this.#onRejection);
      process.off('uncaughtException', this.#onException);
    }
  }

  #left(): string[] {
    const left: string[] = [];
    for (const [type, count] of resources()) {
      const more = count - (this.#before.get(type) ?? 0);
      if (more > 0) left.push(`${more} ${type}`);
    }
    return left;
  }
}

/** What keeps the process alive, but for what ends by itself within a turn. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (type === 'Immediate' || type === 'CloseReq' || type.endsWith('ReqWrap') || type === 'FSReqPromise')
      continue;
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}
