import { type Address, addressText } from './address.ts';
import type { RedisReply } from './link.ts';
import { SLOTS } from './slot.ts';

/** A master and the lowest of its slots, which stands for it in commands that have no key. */
export interface Master {
  readonly address: Address;
  readonly slot: number;
}

const NONE: readonly Address[] = [];

/** Which master has which slot, as one node said, and as redirects have corrected it since. */
export class SlotMap {
  readonly #owners: (Address | undefined)[] = new Array<Address | undefined>(SLOTS).fill(undefined);
  readonly #replicas: (readonly Address[])[] = new Array<readonly Address[]>(SLOTS).fill(NONE);

  /**
   * What CLUSTER SLOTS answered, or undefined where that names no slots: by a node that has just been reset, or by
   * something else than a cluster.
   * @param asked the node that was asked: where a node does not know its own host, it is this one's
   */
  static from(reply: RedisReply, asked: Address): SlotMap | undefined {
    if (!Array.isArray(reply)) return undefined;
    const map = new SlotMap();
    let some = false;
    for (const range of reply as readonly RedisReply[]) {
      if (!Array.isArray(range)) return undefined;
      const [first, last, ...nodes] = range as readonly RedisReply[];
      if (!nodes.every(isList)) return undefined;
      const [address, ...replicas] = nodes.map(([host, port]) => {
        return { host: hostOf(host) || asked.host, port: Number(port) };
      });
      if (address === undefined) return undefined;
      for (let slot = Number(first); slot <= Number(last); slot += 1) {
        map.#owners[slot] = address;
        map.#replicas[slot] = replicas;
      }
      some = true;
    }
    return some ? map : undefined;
  }

  ownerOf(slot: number): Address | undefined {
    return this.#owners[slot];
  }

  /** Those that follow the owner of a slot. */
  replicasOf(slot: number): readonly Address[] {
    return this.#replicas[slot] ?? NONE;
  }

  /** All of them, one perhaps more than once. */
  replicas(): Address[] {
    return [...new Set(this.#replicas)].flat();
  }

  /** Takes a node's word that a slot is elsewhere. */
  move(slot: number, owner: Address): void {
    this.#owners[slot] = owner;
    this.#replicas[slot] = NONE;
  }

  /** How many slots have an owner. */
  get covered(): number {
    return this.#owners.reduce((count, owner) => (owner === undefined ? count : count + 1), 0);
  }

  /** The masters that have slots, by their lowest one. */
  masters(): Master[] {
    const found = new Map<string, Master>();
    let last: Address | undefined;
    for (const [slot, address] of this.#owners.entries()) {
      if (address === undefined || address === last) continue;
      last = address;
      const text = addressText(address);
      if (!found.has(text)) found.set(text, { address, slot });
    }
    return [...found.values()];
  }

  /** The same for equal maps. */
  toString(): string {
    let text = '';
    let last: Address | undefined;
    for (const [slot, owner] of this.#owners.entries()) {
      if (owner?.port !== last?.port || owner?.host !== last?.host) {
        text += `${slot} ${owner === undefined ? '-' : addressText(owner)},`;
      }
      last = owner;
    }
    return text;
  }
}

function isList(reply: RedisReply): reply is readonly RedisReply[] {
  return Array.isArray(reply);
}

/** A host as a node names it; `?` and null stand for one that it does not know. */
function hostOf(reply: RedisReply): string {
  const text = reply instanceof Uint8Array ? Buffer.from(reply).toString() : (reply ?? '').toString();
  return text === '?' ? '' : text;
}
