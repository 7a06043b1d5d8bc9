/** How often it is looked within the time that an answer may take: a silence counts so much longer at most. */
const LOOKS = 4;

/** What a server owes: it says when the next of its answers is too long in coming. */
export class Debt {
  readonly #mostMs: number;
  readonly #overdue: (cause: Error) => void;
  readonly #progress: () => unknown;
  #seen: unknown;
  #owed = 0;
  /** Whether an answer has come since the last look: to look at the clock for each would cost all of them. */
  #answered = false;
  /** When the last answer was seen to have come, or the first of those that are owed was asked for. */
  #since = 0;
  #watch: NodeJS.Timeout | undefined;
  #over = false;

  /** @param progress changes while an answer is coming, if that can be told */
  constructor(mostMs: number, overdue: (cause: Error) => void, progress: () => unknown = () => undefined) {
    this.#mostMs = mostMs;
    this.#overdue = overdue;
    this.#progress = progress;
  }

  grow(answers: number): void {
    if (this.#owed === 0) this.#since = performance.now();
    this.#owed += answers;
    this.#watch ??= this.#watchFor(this.#mostMs);
  }

  /** An answer has come. */
  shrink(): void {
    this.#owed -= 1;
    this.#answered = true;
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#over = true;
    clearTimeout(this.#watch);
  }

  #watchFor(ms: number): NodeJS.Timeout {
    // A silence that this process has slept through looks the same: what arrived meanwhile is read first.
    const timer = setTimeout(() => setImmediate(() => this.#look()), Math.min(ms, this.#mostMs / LOOKS));
    // The connection keeps the process alive, as long as it is to be.
    return timer.unref();
  }

  #look(): void {
    this.#watch = undefined;
    if (this.#over || this.#owed === 0) return;
    const progress = this.#progress();
    if (this.#answered || progress !== this.#seen) {
      // A large answer may be long in coming.
      this.#seen = progress;
      this.#answered = false;
      this.#since = performance.now();
    }
    const left = this.#since + this.#mostMs - performance.now();
    if (left > 0) this.#watch = this.#watchFor(left);
    else this.#overdue(new Error(`the server owes an answer for ${this.#mostMs} ms`));
  }
}
