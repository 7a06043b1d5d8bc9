import type { Result } from './matrix.ts';
import type { Report } from './report.ts';

/** Something that did not pass, with the adapter on which it did not. */
export interface Note {
  readonly adapter: string;
  readonly result: Result;
}

/** What did not pass, and where on the page it is told: skips share one place a reason. */
export class Notes {
  readonly failed: readonly Note[];
  readonly known: readonly Note[];
  /** By reason, the commonest first. */
  readonly skipped: readonly (readonly [reason: string, notes: readonly Note[]])[];
  readonly #places = new Map<Result, string>();

  constructor(reports: readonly Report[]) {
    const notes = reports.flatMap(({ adapter, results }) => results.map((result) => ({ adapter, result })));
    const of = (status: Result['status']): Note[] => notes.filter(({ result }) => result.status === status);
    this.failed = of('failed');
    this.known = of('known');
    const reasons = new Map<string, Note[]>();
    for (const note of of('skipped')) {
      const { reason = '' } = note.result;
      const same = reasons.get(reason);
      if (same === undefined) reasons.set(reason, [note]);
      else same.push(note);
    }
    this.skipped = [...reasons].sort(([, a], [, b]) => b.length - a.length);
    for (const [index, { result }] of this.failed.entries()) this.#places.set(result, `f${index}`);
    for (const [index, { result }] of this.known.entries()) this.#places.set(result, `k${index}`);
    for (const [index, [, same]] of this.skipped.entries()) {
      for (const { result } of same) this.#places.set(result, `s${index}`);
    }
  }

  /** The id of the element that tells of a result; undefined = it passed. */
  placeOf(result: Result | undefined): string | undefined {
    return result === undefined ? undefined : this.#places.get(result);
  }
}
