import type { Footprint } from './footprint.ts';
import type { Passage } from './passage.ts';

/** Something that can happen next. */
export interface Move {
  /** Of all that can happen in one run it is the same as long as it has not happened. */
  readonly id: string;
  readonly says: string;
  readonly passage?: Passage;
  make(): void;
  /** What it touched, once it is made and all is quiet again. */
  touched(): Footprint;
}

/** Chooses what happens next. */
export interface Chooser {
  /**
   * A number from 0 to the number of moves - 1. 0 is always the dullest: whatever began first goes on. undefined = the
   * rest does not matter.
   */
  choose(moves: readonly Move[]): number | undefined;
  /** Told of each move that was made, and what it touched. */
  did?(touched: Footprint): void;
}
