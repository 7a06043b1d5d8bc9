/** What a server owes: it says when the next of its answers is too long in coming. */
export class Debt {
  readonly #mostMs: number;
  readonly #overdue: (cause: Error) => void;
  #owed = 0;
  /** When the last answer came, or the first of those that are owed was asked for. */
  #since = 0;
  #watch: NodeJS.Timeout | undefined;
  #over = false;

  constructor(mostMs: number, overdue: (cause: Error) => void) {
    this.#mostMs = mostMs;
    this.#overdue = overdue;
  }

  grow(answers: number): void {
    if (this.#owed === 0) this.#since = performance.now();
    this.#owed += answers;
    this.#watch ??= this.#watchFor(this.#mostMs);
  }

  /** An answer has come. */
  shrink(): void {
    this.#owed -= 1;
    this.#since = performance.now();
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#over = true;
    clearTimeout(this.#watch);
  }

  #watchFor(ms: number): NodeJS.Timeout {
    // A silence that this process has slept through looks the same: what arrived meanwhile is read first.
    const timer = setTimeout(() => setImmediate(() => this.#look()), ms);
    // The connection keeps the process alive, as long as it is to be.
    return timer.unref();
  }

  #look(): void {
    this.#watch = undefined;
    if (this.#over || this.#owed === 0) return;
    const left = this.#since + this.#mostMs - performance.now();
    if (left > 0) this.#watch = this.#watchFor(left);
    else this.#overdue(new Error(`the server owes an answer for ${this.#mostMs} ms`));
  }
}
