/** Pauses between attempts, in ms. */
export interface BackoffPlan {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** How long to wait after so many failures in a row: twice as long each time, and half of it at random. */
export class Backoff {
  readonly #plan: BackoffPlan;
  readonly #random: () => number;

  constructor(plan: BackoffPlan, random: () => number) {
    this.#plan = plan;
    this.#random = random;
  }

  /** @param failures in a row, from 1 */
  delayMs(failures: number): number {
    const { firstMs, mostMs } = this.#plan;
    const full = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 50));
    return Math.ceil(full * (0.5 + this.#random() / 2));
  }
}
