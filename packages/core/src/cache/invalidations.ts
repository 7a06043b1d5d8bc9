import { ENTRY_KIND } from '../entry/entry.ts';
import { CacheError } from '../error.ts';
import { checkKey } from '../key.ts';
import type { Budget } from './budget.ts';
import { leaseLength } from './lease.ts';
import { allOrFailure, settleAll } from './many.ts';
import type { Marking } from './markers.ts';
import type { CallOptions } from './options.ts';
import { checkList } from './reads.ts';
import type { Scope } from './scope.ts';
import type { Found, Space } from './space.ts';
import { parseTags } from './tags.ts';

/** What was removed: whether it counted as an entry, and its size. */
export interface Taken {
  readonly counted: boolean;
  readonly bytes: number;
}

/** Taking values out. Once one of these has resolved, no value loaded before its call is kept or returned. */
export class Invalidations<P> {
  readonly #scope: Scope<P>;

  constructor(scope: Scope<P>) {
    this.#scope = scope;
  }

  /** Whether there was an entry that counted. */
  delete(key: string, options: CallOptions | undefined): Promise<boolean> {
    return this.#scope.guard('delete', key, async () => {
      checkKey(key, 'delete');
      return (await this.take(key, this.#scope.budget(options, 'delete'))).counted;
    });
  }

  async deleteMany(keys: readonly string[], options: CallOptions | undefined): Promise<boolean[]> {
    const taken = await this.#many('deleteMany', keys, options, (key, budget) => this.take(key, budget));
    return taken.map(({ counted }) => counted);
  }

  /** Removes what is under a key, and tells what it was. */
  async take(key: string, budget: Budget): Promise<Taken> {
    const { buckets, flights, shared } = this.#scope;
    const space = buckets.of(key);
    const serverKey = space.key(key);
    flights.detach(serverKey.text);
    const { found, removed } = await space.order.enter(serverKey.text, 'nothing', budget, () => {
      return space.take(serverKey, key, budget);
    });
    this.#removed(key);
    return {
      counted: removed && (found === undefined || found.state === 'fresh' || found.state === 'absent'),
      bytes: found?.stored === undefined ? 0 : shared.format.size(found.stored.payload),
    };
  }

  /** Makes an entry stale now and keeps it for its grace; without grace removes it. Whether it was there. */
  expire(key: string, options: CallOptions | undefined): Promise<boolean> {
    return this.#scope.guard('expire', key, async () => {
      checkKey(key, 'expire');
      refuseLife('expire', options);
      return await this.#expire(key, this.#scope.budget(options, 'expire'));
    });
  }

  async expireMany(keys: readonly string[], options: CallOptions | undefined): Promise<boolean[]> {
    refuseLife('expireMany', options);
    return await this.#many('expireMany', keys, options, (key, budget) => this.#expire(key, budget));
  }

  /** Forgets every entry and counter of this namespace, in one write; of no other. */
  clear(options: CallOptions | undefined): Promise<undefined> {
    return this.#scope.guard('clear', undefined, async () => {
      const { flights, buckets, shared } = this.#scope;
      const budget = this.#scope.budget(options, 'clear');
      flights.detachAll();
      const clearings = buckets.all().map((space) => {
        return space.order.enter(undefined, 'nothing', budget, () => space.record.clear(budget));
      });
      await allOrFailure(clearings);
      if (shared.events.has('clear')) shared.events.emit('clear', { namespace: this.#scope.name });
      return undefined;
    });
  }

  /** Takes out every entry with one of the tags. */
  deleteByTag(tags: string | readonly string[], options: CallOptions | undefined): Promise<undefined> {
    return this.#byTag('deleteByTag', tags, 'delete', options);
  }

  /** Makes every entry with one of the tags stale and keeps it for its grace; one without grace is taken out. */
  expireByTag(tags: string | readonly string[], options: CallOptions | undefined): Promise<undefined> {
    return this.#byTag('expireByTag', tags, 'expire', options);
  }

  #byTag(
    operation: string,
    tags: string | readonly string[],
    marking: Marking,
    options: CallOptions | undefined,
  ): Promise<undefined> {
    return this.#scope.guard(operation, undefined, async () => {
      const { buckets, flights } = this.#scope;
      const names = parseTags(typeof tags === 'string' ? [tags] : tags, operation);
      const budget = this.#scope.budget(options, operation);
      // Loads go on: which tags they will bring is not known, and their fills find out by themselves.
      flights.resume();
      const marks = new Map(names.map((name) => [name, marking]));
      if (marks.size === 0) return undefined;
      await allOrFailure(
        buckets.all().map((space) => {
          return space.order.enter(undefined, 'nothing', budget, () => space.invalidateTags(marks, budget));
        }),
      );
      return undefined;
    });
  }

  async #many<R>(
    operation: string,
    keys: readonly string[],
    options: CallOptions | undefined,
    run: (key: string, budget: Budget) => Promise<R>,
  ): Promise<R[]> {
    checkList(keys, operation);
    const items = keys.map((key) => {
      checkKey(key, operation);
      return { key };
    });
    // Checks the options once; each item has a time of its own, since many take long to hand over.
    this.#scope.timeoutMs(options, operation);
    return await settleAll(this.#scope, operation, items, ({ key }) => {
      return run(key, this.#scope.budget(options, operation));
    });
  }

  #expire(key: string, budget: Budget): Promise<boolean> {
    const { buckets, flights } = this.#scope;
    const space = buckets.of(key);
    const serverKey = space.key(key);
    flights.detach(serverKey.text);
    return space.order.alone(serverKey.text, 'nothing', budget, async () => {
      for (;;) {
        const found = await space.find(serverKey, key, budget);
        if (found.state === 'fresh') {
          if (await this.#age(space, serverKey.text, found, budget)) return true;
        } else {
          const met = await this.#overtake(space, serverKey.text, found, budget);
          if (met !== 'changed') return met === 'entry';
        }
      }
    });
  }

  /**
   * Sees to it that a load under way elsewhere is not kept, over what does not count: takes its lease away, or gives the
   * stale entry that it is to replace another version. Tells whether it met an entry that has come since the look, or
   * was too late for the version that was found.
   */
  async #overtake(
    space: Space<P>,
    serverKey: string,
    { state, stored, record }: Found<P>,
    budget: Budget,
  ): Promise<'nothing' | 'entry' | 'changed'> {
    const { adapter, format, tellUnseen } = this.#scope.shared;
    const hasUnseen = adapter.hasUnseenCopies === true;
    if (stored === undefined) {
      if (hasUnseen) return (await space.remove(serverKey, undefined, budget)) ? 'entry' : 'nothing';
      await tellUnseen?.(serverKey, budget);
      return 'nothing';
    }
    if (state === 'stale' && record !== undefined) {
      return (await space.entries.restamp(serverKey, stored, record, budget)) === undefined
        ? 'changed'
        : 'nothing';
    }
    const isLease = record !== undefined && leaseLength(this.#scope.shared, stored, record) !== undefined;
    // A set that was called before and met another record may be about to bring it under that.
    const isBefore =
      record !== undefined &&
      format.recognizes(stored.payload) &&
      format.kind(stored.payload) === ENTRY_KIND.value &&
      !format.sameEpoch(stored.payload, record);
    if (!isLease && !isBefore && !hasUnseen) return 'nothing';
    return (await space.remove(serverKey, { version: stored.version }, budget)) ? 'nothing' : 'changed';
  }

  /** Makes what was found stale, or removes it; whether it was still the version that was found. */
  async #age(
    space: Space<P>,
    serverKey: string,
    { stored, record }: Found<P>,
    budget: Budget,
  ): Promise<boolean> {
    const { shared, settings } = this.#scope;
    if (stored === undefined || record === undefined) return false;
    const { format, clock } = shared;
    const when = { version: stored.version };
    const freshUntil = format.freshUntil(stored.payload);
    // The grace begins now. It was the distance between the two instants; without an end there is none to take.
    const graceMs =
      freshUntil === Number.POSITIVE_INFINITY
        ? settings.life.graceMs
        : format.keptUntil(stored.payload) - freshUntil;
    if (!(graceMs > 0) || format.slidingMs(stored.payload) > 0) {
      return await space.remove(serverKey, when, budget);
    }
    const payload = format.copy(stored.payload);
    // Stale since ever, so that it is for a reader whose clock is behind as well.
    format.setLife(payload, 0, clock.now() + graceMs, 0);
    const item = { key: serverKey, payload, ttlMs: Math.ceil(graceMs), when };
    return (await space.entries.rewrite(item, record, budget)) !== undefined;
  }

  #removed(key: string): void {
    const { counts, events } = this.#scope.shared;
    counts.removals += 1;
    if (events.has('remove')) events.emit('remove', { namespace: this.#scope.name, key });
  }
}

function refuseLife(operation: string, options: unknown): void {
  const isOptions =
    options === undefined || (typeof options === 'object' && options !== null && !('ttl' in options));
  if (isOptions) return;
  const message = `${operation} takes no life: it makes an entry stale now. To give it another ttl, call touch(key, { ttl })`;
  throw new CacheError('INVALID_OPTION', message, { operation });
}
