import type { DataStore } from '@cache/core';
import type { OpenOptions } from './harness.ts';

/** One store that was opened for one rule, and how to end it. */
export interface OpenedStore<K = unknown, V = unknown> extends AsyncDisposable {
  readonly store: DataStore<K, V>;
  /** The same source over another connection, as another process has it: what either writes, the other reads. */
  readonly other?: DataStore<K, V>;
}

/** What the author of a `DataStore` gives to the kit. */
export interface StoreHarness<K = unknown, V = unknown> {
  readonly name: string;
  /** Opens the store. Called once a rule. */
  open(options: OpenOptions): Promise<OpenedStore<K, V>>;
  /**
   * A key for each text, another one for another text. Left out, keys are the texts themselves, and hold every kind of
   * character.
   */
  key?(text: string): K;
  /** A value for each number, another one for another number. Default: an object of some parts. */
  value?(number: number): V;
  /** A value that the source refuses, if there is one: the violation of a constraint. */
  refused?(): V;
  /** Whether two values are one. Default: deep equality. */
  same?(one: V, other: V): boolean;
  /** Rules that this store cannot keep, each with the reason. They must fail: an unexpected pass is a failure. */
  readonly known?: Readonly<Record<string, string>>;
  /** How long a call may take before the kit takes it for hung, ms. Default: 10,000. */
  readonly patienceMs?: number;
}
