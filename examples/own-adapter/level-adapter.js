import { defineAdapter, failed, globMatcher, ok, systemClock } from '@cache/core';
import { newVersion } from './entry.js';
import { LevelStore } from './level-store.js';

/**
 * @import { Adapter, Clock, Condition, Counters, Expiry, Failure, Scan, WriteResult } from '@cache/core'
 * @import { Entry } from './entry.js'
 * @import { Step } from './level-store.js'
 */

/**
 * A cache adapter over LevelDB: a folder on this machine's disk, for one process.
 * @param {{ location: string, clock?: Clock }} options
 */
export function levelAdapter({ location, clock = systemClock }) {
  const store = new LevelStore(location, clock);

  // #region methods
  /** @type {Adapter} */
  const adapter = {
    name: 'level',
    payload: 'bytes',
    // LevelDB knows no limits. Longer keys are hashed by the cache; 300 years of life will do.
    limits: { maxKeyBytes: 4096, maxValueBytes: 64 * 1024 * 1024, maxTtlMs: 1e13, ttlResolutionMs: 1 },

    read(keys, call) {
      const items = keys.map((key) => ({ key }));
      return store.each(items, call, (_item, entry) => ({ answer: ok(entry) }));
    },

    write(writes, call) {
      return store.each(writes, call, ({ payload, ttlMs, when }, entry) => {
        if (!holds(when, entry)) return REFUSED;
        const version = newVersion();
        const endsAt = store.endOf(ttlMs);
        return { answer: ok({ written: true, version }), next: { kind: 'value', endsAt, version, payload } };
      });
    },

    remove(removals, call) {
      return store.each(removals, call, ({ when }, entry) => {
        const found = entry !== undefined && holds(when, entry);
        return found ? { answer: ok(true), next: null } : { answer: ok(false) };
      });
    },

    touch(touches, call) {
      return store.each(touches, call, ({ ttlMs, when }, entry) => {
        if (entry === undefined || !holds(when, entry)) return { answer: ok(false) };
        return { answer: ok(true), next: { ...entry, endsAt: store.endOf(ttlMs) } };
      });
    },

    close: () => store.close(),
  };
  // #endregion

  // #region expiry
  /** @type {Expiry<Uint8Array>} */
  const expiry = {
    readAndTouch(touches, call) {
      return store.each(touches, call, ({ ttlMs, when }, entry) => {
        if (entry === undefined || !holds(when, entry)) return { answer: ok(undefined) };
        return { answer: ok(entry), next: { ...entry, endsAt: store.endOf(ttlMs) } };
      });
    },

    remaining(keys, call) {
      const items = keys.map((key) => ({ key }));
      return store.each(items, call, (_item, entry) => ({ answer: ok(leftOf(entry)) }));
    },
  };

  /** @param {Entry | undefined} entry */
  const leftOf = (entry) => entry?.endsAt && entry.endsAt - clock.now();
  // #endregion

  // #region counters
  /** @type {Counters} */
  const counters = {
    add(additions, call) {
      return store.each(additions, call, ({ by, initial, ttlMs }, entry) => {
        if (entry?.kind === 'value') return { answer: failed(WRONG_TYPE) };
        const sum = (entry === undefined ? initial : BigInt(Buffer.from(entry.payload).toString())) + by;
        if (BigInt.asIntN(64, sum) !== sum) return { answer: failed(OUT_OF_RANGE) };
        // A counter lives from its creation: an addition does not renew it.
        const endsAt = entry === undefined ? store.endOf(ttlMs) : entry.endsAt;
        const payload = Buffer.from(String(sum));
        return { answer: ok(sum), next: { kind: 'counter', endsAt, version: newVersion(), payload } };
      });
    },
  };
  // #endregion

  // #region scan
  /** @type {Scan} */
  const scan = {
    page({ prefix, glob = '*' }, cursor, count, call) {
      return store.alone(call, failed, async () => {
        const from = cursor === undefined ? { gte: prefix } : { gt: cursor };
        const looked = await store.db.iterator({ ...from, limit: count }).all();
        // Keys are in order, so those with the prefix are neighbours.
        const inside = looked.filter(([key]) => key.startsWith(prefix));
        const next = inside.length === count ? inside.at(-1)?.[0] : undefined;
        const matches = globMatcher(glob);
        const found = inside.filter(([key, stored]) => {
          return store.alive(stored) !== undefined && matches(key.slice(prefix.length));
        });
        return ok({ keys: found.map(([key]) => key), next });
      });
    },
  };
  // #endregion

  // #region purge
  /** Frees what has ended. Nobody sees it anyway, but nothing else takes it from the disk: call this now and then. */
  async function purge() {
    for await (const [key, stored] of store.db.iterator()) {
      if (store.alive(stored) !== undefined) continue;
      // Looked at again in its turn: it may have been written meanwhile.
      await store.each([{ key }], { deadline: Number.POSITIVE_INFINITY }, (_item, entry) => {
        return entry === undefined ? { answer: ok(true), next: null } : { answer: ok(false) };
      });
    }
  }
  // #endregion

  return defineAdapter({ ...adapter, expiry, counters, scan, purge });
}

/** @type {Step<WriteResult>} */
const REFUSED = { answer: ok({ written: false }) };

// #region holds
/**
 * @param {Condition | undefined} when
 * @param {Entry | undefined} entry
 */
function holds(when, entry) {
  if (when === undefined) return true;
  if (when === 'absent') return entry === undefined;
  if (when === 'present') return entry !== undefined;
  return entry?.version === when.version;
}
// #endregion

/** @type {Failure} */
const WRONG_TYPE = { code: 'WRONG_TYPE', message: 'no counter', retryable: false, outcome: 'not-applied' };
/** @type {Failure} */
const OUT_OF_RANGE = { ...WRONG_TYPE, code: 'OUT_OF_RANGE', message: 'beyond 64 bits' };
