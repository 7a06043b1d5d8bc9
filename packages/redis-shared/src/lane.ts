import type { Parcel } from './errand.ts';

/**
 * The order of one slot. As long as all goes well, parcels follow one another to one node without waiting. When one
 * comes back, or the slot gets another node, later ones wait until those that are out are answered, and those that came
 * back go first.
 */
export class Lane {
  /** Those that are out, and what became of them; an answered one stays while an earlier one is not answered. */
  readonly #out: Map<Parcel, 'under way' | 'done' | 'not done'> = new Map();
  readonly #back: Parcel[] = [];
  readonly #held: Parcel[] = [];
  #stopped = false;
  #node: object | undefined;

  /** Whether a parcel may leave for a node at once. */
  isFree(node: object): boolean {
    return !this.#stopped && (this.#out.size === 0 || this.#node === node);
  }

  /** Whether some are out at a node. */
  isOutAt(node: object): boolean {
    return this.#out.size > 0 && this.#node === node;
  }

  /** From now on parcels wait, until those that are out are answered. */
  stop(): void {
    this.#stopped = true;
  }

  hold(parcel: Parcel): void {
    this.#stopped = true;
    this.#held.push(parcel);
  }

  leave(parcel: Parcel, node: object): void {
    this.#out.set(parcel, 'under way');
    this.#node = node;
  }

  /**
   * A parcel was answered for good. Gives those that came back before and must not go any more: it was called after
   * them, for a key of theirs, and has taken effect.
   */
  answered(parcel: Parcel, done: boolean): Parcel[] {
    this.#landed(parcel, done ? 'done' : 'not done');
    if (!done) return [];
    const overtaken = this.#back.filter((earlier) => overtakes(parcel, earlier));
    for (const earlier of overtaken) this.remove(earlier);
    return overtaken;
  }

  /** A parcel came back undone, and is to go `again`. False where it must not go any more, since a later one has taken effect. */
  returned(parcel: Parcel): boolean {
    this.#stopped = true;
    const overtaken = [...this.#out].some(([other, state]) => state === 'done' && overtakes(other, parcel));
    this.#landed(parcel, 'not done');
    return !overtaken;
  }

  /** Puts a parcel in its place among those that came back. */
  again(parcel: Parcel): void {
    const at = this.#back.findIndex(({ order }) => order > parcel.order);
    this.#back.splice(at === -1 ? this.#back.length : at, 0, parcel);
  }

  /** Takes a parcel out that waits. */
  remove(parcel: Parcel): void {
    for (const list of [this.#back, this.#held]) {
      const at = list.indexOf(parcel);
      if (at !== -1) list.splice(at, 1);
    }
  }

  /** Whether parcels are held up that nothing is out for any more. */
  get isDue(): boolean {
    return this.#stopped && this.#out.size === 0;
  }

  /** The first that came back. */
  get first(): Parcel | undefined {
    return this.#back[0];
  }

  /** Takes those that came back, up to the first that does not fit. */
  takeBack(fits: (parcel: Parcel) => boolean): Parcel[] {
    const end = this.#back.findIndex((parcel) => !fits(parcel));
    return this.#back.splice(0, end === -1 ? this.#back.length : end);
  }

  /** Takes those that were held, and opens the lane. */
  takeHeld(): Parcel[] {
    this.#stopped = false;
    return this.#held.splice(0);
  }

  #landed(parcel: Parcel, state: 'done' | 'not done'): void {
    this.#out.set(parcel, state);
    for (const [earliest, its] of this.#out) {
      if (its === 'under way') return;
      this.#out.delete(earliest);
    }
  }
}

/** Whether `later` was called after `earlier` for a key of it, so that the two must not change places. */
function overtakes(later: Parcel, earlier: Parcel): boolean {
  if (later.order < earlier.order || !(later.errand.effect || earlier.errand.effect)) return false;
  return later.keys.some((key) => earlier.keys.includes(key));
}
