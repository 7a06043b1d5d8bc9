import { type Passer, passerOf, type Step } from './step.ts';

/** A call of several steps. */
export interface Holder {
  /** Resolves when it has taken the last one; asked of one that holds something. */
  whenOver(): Promise<void>;
}

interface Hold {
  /** In the order in which they began. */
  readonly holders: Set<Holder>;
  /** How many of them let such steps not pass. */
  readonly refusing: Record<Passer, number>;
}

const PASSERS: readonly Passer[] = ['reads', 'additions'];

/** The calls of several steps that are under way on one server, by key: who may pass them by, and whose turn it is. */
export class Holds {
  readonly #byKey: Map<string, Hold> = new Map();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Whether a step need not wait for those that hold its key. */
  admits<T>(key: string, step: Step<T>): boolean {
    const hold = this.#byKey.get(key);
    if (hold === undefined) return true;
    const passer = passerOf(step);
    return passer !== undefined && hold.refusing[passer] === 0;
  }

  /** A call begins to hold a key. */
  enter(key: string, holder: Holder, lets: readonly Passer[]): void {
    const hold = this.#byKey.get(key);
    if (hold !== undefined) hold.holders.add(holder);
    else this.#byKey.set(key, { holders: new Set([holder]), refusing: { reads: 0, additions: 0 } });
    this.#count(key, lets, 1);
  }

  /** Resolves when those that began to hold a key before this one are over. */
  async turn(key: string, holder: Holder): Promise<void> {
    const earlier: Promise<void>[] = [];
    for (const other of this.#byKey.get(key)?.holders ?? []) {
      if (other === holder) break;
      earlier.push(other.whenOver());
    }
    await Promise.all(earlier);
  }

  /** A call that holds a key lets others pass than before. */
  change(key: string, from: readonly Passer[], to: readonly Passer[]): void {
    this.#count(key, from, -1);
    this.#count(key, to, 1);
  }

  leave(key: string, holder: Holder, lets: readonly Passer[]): void {
    const hold = this.#byKey.get(key);
    if (hold === undefined) return;
    this.#count(key, lets, -1);
    hold.holders.delete(holder);
    if (hold.holders.size === 0) this.#byKey.delete(key);
  }

  #count(key: string, lets: readonly Passer[], change: 1 | -1): void {
    const hold = this.#byKey.get(key);
    if (hold === undefined) return;
    for (const passer of PASSERS) if (!lets.includes(passer)) hold.refusing[passer] += change;
  }
}
