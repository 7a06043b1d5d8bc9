import { allFailed, refusalOf } from '@cache/core';
import { ClassicLevel } from 'classic-level';
import { decode, encode } from './entry.js';

/**
 * @import { Call, Clock, Failure, Outcome } from '@cache/core'
 * @import { Entry } from './entry.js'
 */

/**
 * What becomes of one item: its answer, and what is under its key from now on. Without `next`, as it was; null: nothing.
 * @template R
 * @typedef {{ answer: Outcome<R>, next?: Entry | null }} Step
 */

/** A folder of LevelDB's that runs one call after the other. */
export class LevelStore {
  #closed = false;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {string} location
   * @param {Clock} clock
   */
  constructor(location, clock) {
    /** @type {ClassicLevel<string, Uint8Array>} */
    this.db = new ClassicLevel(location, { keyEncoding: 'utf8', valueEncoding: 'view' });
    this.clock = clock;
  }

  // #region alone
  /**
   * Runs one call after the other: what a call has read cannot change before it has written, and calls take effect in
   * the order in which they were made. LevelDB lets no second process in, so this is all the locking that is needed.
   * @template R
   * @param {Call} call
   * @param {(refusal: Failure) => R} refuse
   * @param {() => Promise<R>} run
   * @returns {Promise<R>}
   */
  alone(call, refuse, run) {
    const refusal = refusalOf(call, this.clock, this.#closed);
    if (refusal !== undefined) return Promise.resolve(refuse(refusal));
    const turn = this.#last.then(() => {
      // It may have waited too long. Closing meanwhile is no reason: close waits for it.
      const late = refusalOf(call, this.clock, false);
      return late === undefined ? run() : refuse(late);
    });
    const answer = turn.catch((error) => refuse(failureOf(error)));
    this.#last = answer;
    return answer;
  }
  // #endregion

  // #region each
  /**
   * A batch: reads what is under the keys, asks `step` what becomes of each item, and writes all changes at once.
   * @template {{ readonly key: string }} I
   * @template R
   * @param {readonly I[]} items
   * @param {Call} call
   * @param {(item: I, entry: Entry | undefined) => Step<R>} step
   * @returns {Promise<Outcome<R>[]>}
   */
  async each(items, call, step) {
    if (items.length === 0) return [];
    const refuse = (/** @type {Failure} */ failure) => allFailed(items.length, failure);
    return await this.alone(call, refuse, async () => {
      const stored = await this.db.getMany(items.map(({ key }) => key));
      /** @type {Map<string, Entry | null>} */
      const changed = new Map();
      const answers = items.map((item, index) => {
        // An item sees what those before it in the batch have done.
        const entry = changed.has(item.key) ? changed.get(item.key) : this.alive(stored[index]);
        const { answer, next } = step(item, entry ?? undefined);
        if (next !== undefined) changed.set(item.key, next);
        return answer;
      });
      if (changed.size > 0) await this.db.batch(Array.from(changed, operation));
      return answers;
    });
  }
  // #endregion

  // #region life
  /**
   * What is stored, if its life has not ended.
   * @param {Uint8Array | undefined} stored
   */
  alive(stored) {
    if (stored === undefined) return undefined;
    const entry = decode(stored);
    return entry.endsAt === null || this.clock.now() < entry.endsAt ? entry : undefined;
  }

  /** @param {number | null} ttlMs */
  endOf(ttlMs) {
    return ttlMs === null ? null : this.clock.now() + ttlMs;
  }
  // #endregion

  async close() {
    this.#closed = true;
    await this.#last;
    await this.db.close();
  }
}

/** @param {[key: string, entry: Entry | null]} change */
function operation([key, entry]) {
  if (entry === null) return { type: /** @type {const} */ ('del'), key };
  return { type: /** @type {const} */ ('put'), key, value: encode(entry) };
}

// #region failures
/**
 * What LevelDB threw. Where it is not open (another process has the folder, say) nothing was done; else who knows.
 * @param {unknown} cause
 * @returns {Failure}
 */
function failureOf(cause) {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'LEVEL_DATABASE_NOT_OPEN'
    ? { code: 'UNAVAILABLE', message: 'not open', retryable: true, outcome: 'not-applied', cause }
    : { code: 'SERVER', message: 'LevelDB failed', retryable: false, outcome: 'unknown', cause };
}
// #endregion
