import { ask } from './resp.ts';
import type { Server } from './server.ts';

const AT_ONCE = 100;

/**
 * A slot on its way from one master to another, step by step, so that a test can stop in the middle: between `begin`
 * and `finish` the old owner answers ASK for keys that it has no more, and TRYAGAIN for several keys of which it has
 * some.
 */
export class SlotMove {
  readonly #slot: number;
  readonly #from: Server;
  readonly #to: Server;
  readonly #masters: readonly Server[];

  /** @param masters all of the cluster's, to be told of the new owner */
  constructor(slot: number, from: Server, to: Server, masters: readonly Server[]) {
    this.#slot = slot;
    this.#from = from;
    this.#to = to;
    this.#masters = masters;
  }

  /** Announces it to both. */
  async begin(): Promise<void> {
    await ask(this.#to, 'CLUSTER', 'SETSLOT', this.#slot, 'IMPORTING', await idOf(this.#from));
    await ask(this.#from, 'CLUSTER', 'SETSLOT', this.#slot, 'MIGRATING', await idOf(this.#to));
  }

  /** Moves up to so many of its keys, and says how many there were. */
  async moveKeys(count: number = Number.POSITIVE_INFINITY): Promise<number> {
    let moved = 0;
    while (moved < count) {
      const want = Math.min(AT_ONCE, count - moved);
      const keys = await ask(this.#from, 'CLUSTER', 'GETKEYSINSLOT', this.#slot, want);
      if (!Array.isArray(keys) || keys.length === 0) break;
      await this.#migrate(keys.map(String));
      moved += keys.length;
    }
    return moved;
  }

  /** Moves what is left, and makes the new owner the owner. */
  async finish(): Promise<void> {
    await this.moveKeys();
    const id = await idOf(this.#to);
    // The new owner first: if it were told last and failed, nobody would have the slot.
    const others = this.#masters.filter((node) => node !== this.#to && node !== this.#from);
    for (const node of [this.#to, this.#from, ...others]) {
      await ask(node, 'CLUSTER', 'SETSLOT', this.#slot, 'NODE', id);
    }
  }

  async #migrate(keys: readonly string[]): Promise<void> {
    const { host, port, url } = this.#to;
    const password = decodeURIComponent(new URL(url).password);
    const login = password === '' ? [] : ['AUTH', password];
    await ask(this.#from, 'MIGRATE', host, port, '', 0, 5000, 'REPLACE', ...login, 'KEYS', ...keys);
  }
}

/** The name of a node, which it keeps when it restarts. */
export async function idOf(node: Server): Promise<string> {
  return String(await ask(node, 'CLUSTER', 'MYID'));
}
