import type { Journal } from '@cache/core';
import type { OpenOptions } from './harness.ts';

/** A place for one journal, opened for one rule. */
export interface OpenedJournals extends AsyncDisposable {
  /** A new object over the journal in this place, as another process would make it. Nothing is claimed yet. */
  open(): Journal;
  /**
   * Takes the right to drain from the journal that was opened first, as if its process were frozen for longer than a
   * lease. Left out where the right ends with the process alone.
   */
  lapse?(): Promise<void>;
}

/** What the author of a `Journal` gives to the kit. */
export interface JournalHarness {
  readonly name: string;
  /** Opens an empty place. Called once a rule. */
  open(options: OpenOptions): Promise<OpenedJournals>;
  /** Rules that this journal cannot keep, each with the reason. They must fail: an unexpected pass is a failure. */
  readonly known?: Readonly<Record<string, string>>;
}
