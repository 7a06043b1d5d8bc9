import type { DataStore } from '@cache/core';
import type { Product } from './strategies.ts';

type Store = Required<DataStore<string, Product>>;

/** What was asked of a database. */
export interface Asked {
  readonly selects: number;
  readonly writes: number;
  /** Rows that were written, by however many statements. */
  readonly rows: number;
}

/** A store that counts the statements that it is asked for. */
export class Watched {
  readonly store: Store;
  #asked: Asked = { selects: 0, writes: 0, rows: 0 };

  constructor(inner: Store) {
    const read = <T>(answer: T): T => this.#count({ selects: 1, writes: 0, rows: 0 }, answer);
    const wrote = <T>(rows: number, answer: T): T => this.#count({ selects: 0, writes: 1, rows }, answer);
    this.store = {
      fenced: inner.fenced,
      get: (key, call) => read(inner.get(key, call)),
      has: (key, call) => read(inner.has(key, call)),
      getMany: (keys, call) => read(inner.getMany(keys, call)),
      set: (key, value, call) => wrote(1, inner.set(key, value, call)),
      delete: (key, call) => wrote(1, inner.delete(key, call)),
      setMany: (entries, call) => wrote(entries.size, inner.setMany(entries, call)),
      deleteMany: (keys, call) => wrote(keys.length, inner.deleteMany(keys, call)),
    };
  }

  /** What was asked since this was called last. */
  take(): Asked {
    const asked = this.#asked;
    this.#asked = { selects: 0, writes: 0, rows: 0 };
    return asked;
  }

  #count<T>({ selects, writes, rows }: Asked, answer: T): T {
    const asked = this.#asked;
    this.#asked = {
      selects: asked.selects + selects,
      writes: asked.writes + writes,
      rows: asked.rows + rows,
    };
    return answer;
  }
}
