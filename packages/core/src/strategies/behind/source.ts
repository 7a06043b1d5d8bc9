import type { Clock } from '../../clock.ts';
import { CacheError } from '../../error.ts';
import type { DataStore } from '../data-store.ts';
import type { PendingWrite } from './lane.ts';
import type { RecordFormat } from './write-record.ts';

/** The source, as batches of one operation are written to it, each within a time. */
export class Source<K, V> {
  readonly #store: DataStore<K, V>;
  readonly #format: RecordFormat<K, V>;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #underWay: Set<AbortController> = new Set();

  constructor(store: DataStore<K, V>, format: RecordFormat<K, V>, clock: Clock, timeoutMs: number) {
    this.#store = store;
    this.#format = format;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether it takes many at once. */
  takesMany(operation: 'set' | 'delete'): boolean {
    return (operation === 'set' ? this.#store.setMany : this.#store.deleteMany) !== undefined;
  }

  /** Writes them, all of one operation. @throws what the store throws; CacheError `TIMEOUT` */
  async write(writes: readonly PendingWrite<K>[], fence: number): Promise<void> {
    const controller = new AbortController();
    this.#underWay.add(controller);
    const late = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
    });
    const timer = this.#clock.schedule(() => {
      const message = `the source did not answer within ${this.#timeoutMs} ms`;
      controller.abort(new CacheError('TIMEOUT', message, { retryable: true, outcome: 'unknown' }));
    }, this.#timeoutMs);
    try {
      await Promise.race([this.#send(writes, fence, controller.signal), late]);
    } finally {
      timer.cancel();
      this.#underWay.delete(controller);
    }
  }

  /** Ends the wait for whatever is under way. */
  abort(): void {
    for (const controller of this.#underWay) {
      controller.abort(new CacheError('CLOSED', 'the repository was closed', { outcome: 'unknown' }));
    }
  }

  async #send(writes: readonly PendingWrite<K>[], fence: number, signal: AbortSignal): Promise<void> {
    const [first] = writes;
    if (first === undefined) return;
    const sequence = Math.max(...writes.map((write) => write.sequence));
    const call = { signal, sequence, fence };
    if (writes.length === 1) {
      if (first.value === undefined) await this.#store.delete(first.key, call);
      else await this.#store.set(first.key, this.#format.decodeValue(first.value), call);
      return;
    }
    const sequences = new Map(writes.map((write) => [write.key, write.sequence]));
    if (first.value === undefined) {
      await this.#store.deleteMany?.(
        writes.map(({ key }) => key),
        { ...call, sequences },
      );
      return;
    }
    const entries = new Map<K, V>();
    for (const { key, value } of writes) {
      if (value !== undefined) entries.set(key, this.#format.decodeValue(value));
    }
    await this.#store.setMany?.(entries, { ...call, sequences });
  }
}
