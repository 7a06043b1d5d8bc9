import {
  type AdapterFault,
  type AdapterMethod,
  faultyAdapter,
} from '../../../../conformance/src/faults/index.ts';
import { memoryAdapter } from '../../../memory/src/index.ts';
import { type Cache, createCache, type DataStore } from '../../src/index.ts';

/** A table in memory, which logs what was done to it and fails when told. */
export class Table implements DataStore<string, number> {
  readonly rows: Map<string, number> = new Map();
  readonly log: string[] = [];
  /** Asked before each call with its text, such as `set a=1`: waits, throws, or lets it pass. */
  before: (call: string) => unknown = () => undefined;

  async get(key: string): Promise<number | undefined> {
    await this.#do(`get ${key}`);
    return this.rows.get(key);
  }

  async set(key: string, value: number): Promise<void> {
    await this.#do(`set ${key}=${value}`);
    this.rows.set(key, value);
  }

  async delete(key: string): Promise<boolean> {
    await this.#do(`delete ${key}`);
    return this.rows.delete(key);
  }

  async #do(call: string): Promise<void> {
    await this.before(call);
    this.log.push(call);
  }
}

export interface Opened {
  readonly cache: Cache<ReturnType<typeof memoryAdapter>>;
  /** What befalls calls of the adapter. */
  fault: (method: AdapterMethod) => AdapterFault | undefined;
}

/** A cache in memory, whose adapter fails when told. */
export function open(): Opened {
  const opened = {
    fault: (): AdapterFault | undefined => undefined,
    cache: createCache({
      adapter: faultyAdapter(memoryAdapter(), (method) => opened.fault(method)),
      timeout: 1000,
    }),
  } as Opened;
  return opened;
}

/** A promise and what settles it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let release = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { opened, open: () => release() };
}
