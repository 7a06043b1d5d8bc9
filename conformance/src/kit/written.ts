import type { Write } from '@cache/core';
import type { Bench, TestAdapter } from './bench.ts';
import { around } from './wrap.ts';

/** The kinds of entries, as byte 17 of a payload says them. */
export const KIND = { value: 1, lease: 2, quarantine: 3, record: 5, marker: 6 } as const;

const KIND_AT = 17;

/** The letters of server keys: what lies under them. */
export type Letter = 'v' | 'h' | 'r' | 'n' | 't' | 'l';

/** The kind of a payload in bytes. */
export function kindOf({ payload }: Pick<Write<unknown>, 'payload'>): number | undefined {
  return payload instanceof Uint8Array ? payload[KIND_AT] : undefined;
}

/** Whether it takes or renews the right to load. */
export function isLease(write: Write<unknown>): boolean {
  return kindOf(write) === KIND.lease;
}

/** Remembers the keys that are written. */
export class Written {
  readonly adapter: TestAdapter;
  readonly #keys: Set<string> = new Set();
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.adapter = around(bench.adapter, (name, items, go) => {
      if (name === 'write') for (const { key } of items as readonly Write<unknown>[]) this.#keys.add(key);
      return go();
    });
  }

  /** The keys of one kind. */
  keys(letter: Letter): string[] {
    return [...this.#keys].filter((key) => key.includes(`}${letter}:`));
  }

  /** Drops what lies under the keys of one kind, as a store does that is short of room. */
  async evict(letter: Letter): Promise<void> {
    for (const key of this.keys(letter)) await this.#bench.remove(key);
  }

  /** Those keys of one kind under which something lies. */
  async there(letter: Letter): Promise<string[]> {
    const found: string[] = [];
    for (const key of this.keys(letter)) if ((await this.#bench.read(key)) !== undefined) found.push(key);
    return found;
  }
}
