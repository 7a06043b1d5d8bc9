/** Keeps the last part of what was printed. */
export class Tail {
  #text = '';
  readonly #max: number;

  constructor(max = 8192) {
    this.#max = max;
  }

  /** Adds what was printed. */
  add(chunk: Buffer | string): void {
    this.#text = (this.#text + chunk.toString()).slice(-this.#max);
  }

  /** What is kept. */
  read(): string {
    return this.#text;
  }
}
