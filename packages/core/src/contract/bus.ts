import type { Clock } from '../clock.ts';
import type { Call } from './adapter.ts';
import type { Outcome } from './outcome.ts';

/** What a process holds copies for, and so listens. */
export interface Ear {
  /** What is under these server keys was changed. */
  changed(serverKeys: readonly string[]): void;
  /** Something may have been missed: no copy counts any more. */
  missed(): void;
}

/** A place on a bus. */
export interface BusLine {
  /**
   * The instant of the monotonic clock up to which everything was heard that was told; −Infinity while that is not
   * known. It only says less than it knows.
   */
  readonly heardUntil: number;
  /** Tells all others that these were changed. Absent: the server tells them by itself, with the change. */
  readonly tell?: (serverKeys: readonly string[], call: Call) => Promise<Outcome<void>>;
  close(): Promise<void>;
}

/** Carries to every process which keys were changed, so that it drops its copies of them. */
export interface Bus {
  readonly name: string;
  /** How long a copy counts, at most, after the line fell silent, ms. */
  readonly silenceMs: number;
  /** Whether the server tells of a change in one step with it, whoever makes it. */
  readonly tells: 'with-change' | 'after-change';
  /** @param root what all the keys begin with */
  join(root: string, ear: Ear, clock: Clock): BusLine;
}
