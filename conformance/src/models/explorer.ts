import { areIndependent, type Footprint } from './footprint.ts';
import type { Chooser, Move } from './move.ts';

/** A state in which something was chosen. */
interface Node {
  readonly ids: readonly string[];
  at: number;
  /** Moves that were tried here or before, and would lead to an order that differs in nothing that matters. */
  readonly asleep: Map<string, Footprint>;
  touched: Footprint | undefined;
}

/**
 * Tries every order of moves once, depth first, by running it from the beginning each time. Of orders that differ only in
 * which of two independent moves comes first it follows one to its end (sleep sets).
 */
export class Explorer implements Chooser {
  readonly #path: Node[] = [];
  #depth = 0;
  #isRepeat = false;

  /** Whether the run at hand says nothing new: another one went on from here. */
  get isRepeat(): boolean {
    return this.#isRepeat;
  }

  choose(moves: readonly Move[]): number | undefined {
    const known = this.#path[this.#depth];
    if (known !== undefined) {
      if (known.ids[known.at] !== moves[known.at]?.id) {
        throw new Error('the same choices gave another run: something runs that no choice governs');
      }
      this.#depth += 1;
      return known.at;
    }
    const ids = moves.map(({ id }) => id);
    const asleep = inherited(this.#path.at(-1));
    const at = ids.findIndex((id) => !asleep.has(id));
    if (at === -1) {
      this.#isRepeat = true;
      return undefined;
    }
    this.#path.push({ ids, at, asleep, touched: undefined });
    this.#depth += 1;
    return at;
  }

  did(touched: Footprint): void {
    const node = this.#path[this.#depth - 1];
    if (node !== undefined) node.touched = touched;
  }

  /** Prepares the next run; whether there is one. */
  next(): boolean {
    this.#depth = 0;
    this.#isRepeat = false;
    for (let node = this.#path.at(-1); node !== undefined; node = this.#path.at(-1)) {
      const { asleep, at, ids, touched } = node;
      asleep.set(ids[at] ?? '', touched ?? { reads: [], writes: [] });
      const next = ids.findIndex((id) => !asleep.has(id));
      if (next !== -1) {
        node.at = next;
        node.touched = undefined;
        return true;
      }
      this.#path.pop();
    }
    return false;
  }
}

/** What still sleeps after a move: what is independent of it. */
function inherited(parent: Node | undefined): Map<string, Footprint> {
  const asleep = new Map<string, Footprint>();
  if (parent?.touched === undefined) return asleep;
  for (const [id, footprint] of parent.asleep) {
    if (areIndependent(footprint, parent.touched)) asleep.set(id, footprint);
  }
  return asleep;
}
