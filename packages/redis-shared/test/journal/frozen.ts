import { type Clock, type DataStore, type StoreCall, systemClock } from '@cache/core';

/** A clock whose timers do not fire while it is frozen: a process that is stopped, as others see it. */
export class StoppedClock implements Clock {
  stopped = false;
  readonly #late: (() => void)[] = [];

  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  schedule(callback: () => void, ms: number): ReturnType<Clock['schedule']> {
    return systemClock.schedule(() => {
      if (this.stopped) this.#late.push(callback);
      else callback();
    }, ms);
  }

  defer(callback: () => void): void {
    systemClock.defer(callback);
  }

  wake(): void {
    this.stopped = false;
    for (const callback of this.#late.splice(0)) callback();
  }
}

/** A source that ignores what is older, and holds one write when told. */
export class FencedRows implements DataStore<string, number> {
  readonly fenced = true;
  readonly rows: Map<string, number> = new Map();
  hold = false;
  readonly held: PromiseWithResolvers<void> = withResolvers();
  readonly #released: PromiseWithResolvers<void> = withResolvers();
  late: Promise<void> = Promise.resolve();
  readonly #stamps: Map<string, readonly [number, number]> = new Map();

  get(key: string): number | undefined {
    return this.rows.get(key);
  }

  set(key: string, value: number, { fence = 0, sequence = 0 }: StoreCall = {}): Promise<void> {
    const write = async (): Promise<void> => {
      if (this.hold) {
        this.held.resolve();
        await this.#released.promise;
      }
      const [oldFence, oldSequence] = this.#stamps.get(key) ?? [0, 0];
      if (fence < oldFence || (fence === oldFence && sequence < oldSequence)) return;
      this.#stamps.set(key, [fence, sequence]);
      this.rows.set(key, value);
    };
    const written = write();
    if (this.hold) this.late = written;
    return written;
  }

  delete(key: string): boolean {
    return this.rows.delete(key);
  }

  release(): void {
    this.#released.resolve();
  }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

function withResolvers(): PromiseWithResolvers<void> {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}
