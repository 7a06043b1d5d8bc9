/** A record as a journal keeps it. */
export interface JournalRecord {
  /** Its place in the journal: rises with each record, and is never given twice, not after a loss of the journal either. */
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** The right to drain a journal, of one holder at a time. */
export interface Tenure {
  /** Rises with each tenure, of whatever process. */
  readonly fence: number;
  /** Aborted when the right is lost: the holder stops at once. */
  readonly lost: AbortSignal;
}

/**
 * An ordered log of writes that are acknowledged and not applied yet, of one repository. Its methods reject with a
 * `CacheError`; where the outcome of `append` is unknown, every further one rejects until the journal is opened anew.
 */
export interface Journal {
  readonly name: string;
  /** What a record survives once `append` has resolved: nothing, the death of this process, or a loss of power too. */
  readonly keeps: 'nothing' | 'process' | 'machine';
  /**
   * Makes the caller the one who appends and drains.
   * @throws CacheError `BUSY`, retryable, while somebody else is
   */
  claim(): Promise<Tenure>;
  /**
   * Keeps records, all or none, in one commit, and in the order of the calls. Resolves with their sequences; from then on
   * the bytes are the caller's again.
   */
  append(records: readonly Uint8Array[]): Promise<readonly number[]>;
  /** What is kept above a sequence (0 = everything), ascending, at least one if there is one and at most so many. */
  read(after: number, most: number): Promise<readonly JournalRecord[]>;
  /** Forgets records, all or none; those that are unknown are no error. */
  acknowledge(sequences: readonly number[]): Promise<void>;
  /** Gives the tenure up and ends what was opened. May be called twice. */
  close(): Promise<void>;
}
