import type { Direction } from './frame.ts';
import type { Match, Passing } from './passing.ts';
import { Sightings } from './sightings.ts';

/** At which moment {@link FaultProxy.cutOn} cuts. */
export type CutMoment = 'before-request' | 'after-request' | 'before-reply' | 'mid-reply';

/** What becomes of a frame. */
export type Fate = 'hold' | 'drop' | CutMoment;

export interface FaultOptions {
  /** To how many frames it happens; `Infinity` = until stopped. Default 1. */
  readonly times?: number;
}

/** A fault that is set: it waits for its frames. */
export class Fault {
  readonly fate: Fate;
  readonly direction: Direction;
  readonly #matches: (passing: Passing) => boolean;
  readonly #sightings: Sightings = new Sightings();
  #left: number;

  constructor(fate: Fate, direction: Direction, match: Match, times: number) {
    this.fate = fate;
    this.direction = direction;
    this.#matches = typeof match === 'string' ? (passing) => passing.command === match : match;
    this.#left = times;
  }

  /** To how many frames it has happened. */
  get count(): number {
    return this.#sightings.count;
  }

  /** Resolves with the n-th frame (from 1) to which it happens; rejects if the proxy is closed before. */
  hit(n = 1): Promise<Passing> {
    return this.#sightings.nth(n);
  }

  /** It happens to no further frame. What it has caught stays caught. */
  stop(): void {
    this.#left = 0;
  }

  /** For the proxy: whether this frame is one of its own, which uses up one of its times. */
  takes(passing: Passing): boolean {
    if (this.#left <= 0 || passing.direction !== this.direction || !this.#matches(passing)) return false;
    this.#left -= 1;
    return true;
  }

  /** For the proxy: it has happened to this frame. */
  happened(passing: Passing): void {
    this.#sightings.add(passing);
  }

  /** For the proxy: it is being closed. */
  end(error: Error): void {
    this.stop();
    this.#sightings.end(error);
  }
}
