/** What happens when, on a simulated clock, ms. */
export class Agenda {
  now = 0;
  /** By whole ms, so that only the few events of one are ever put in order. */
  readonly #events: Map<number, { readonly at: number; readonly run: () => void }[]> = new Map();

  at(at: number, run: () => void): void {
    if (at === Number.POSITIVE_INFINITY) return;
    const events = this.#events.get(Math.floor(at));
    if (events === undefined) this.#events.set(Math.floor(at), [{ at, run }]);
    else events.push({ at, run });
  }

  runUntil(end: number): void {
    for (let ms = Math.floor(this.now); ms < end; ms += 1) {
      const events = this.#events.get(ms) ?? [];
      while (events.length > 0) {
        const next = events.reduce((one, other) => (other.at < one.at ? other : one));
        events.splice(events.indexOf(next), 1);
        this.now = next.at;
        next.run();
      }
      this.#events.delete(ms);
    }
    this.now = end;
  }
}
