import { CacheError } from '../error.ts';
import { checkKey } from '../key.ts';
import type { Budget } from './budget.ts';
import { settleAll } from './many.ts';
import type { CallOptions } from './options.ts';
import { checkList } from './reads.ts';
import type { Scope } from './scope.ts';

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
      return await this.#delete(key, this.#scope.budget(options, 'delete'));
    });
  }

  async deleteMany(keys: readonly string[], options: CallOptions | undefined): Promise<boolean[]> {
    return await this.#many('deleteMany', keys, options, (key, budget) => this.#delete(key, budget));
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
  clear(options: CallOptions | undefined): Promise<void> {
    return this.#scope.guard('clear', undefined, async () => {
      const { flights, space, shared } = this.#scope;
      const budget = this.#scope.budget(options, 'clear');
      flights.detachAll();
      await space.clear(budget);
      if (shared.events.has('clear')) shared.events.emit('clear', { namespace: this.#scope.name });
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
    const budget = this.#scope.budget(options, operation);
    return await settleAll(this.#scope, operation, items, ({ key }) => run(key, budget));
  }

  async #delete(key: string, budget: Budget): Promise<boolean> {
    const { space, flights } = this.#scope;
    const serverKey = space.key(key);
    flights.detach(serverKey.text);
    // Side by side and in this order, so that both leave in one round trip: what is removed may be a dead entry.
    const [found, removed] = await Promise.all([
      space.find(serverKey, key, budget).catch(() => undefined),
      space.remove(serverKey.text, undefined, budget),
    ]);
    this.#removed(key);
    return removed && (found === undefined || found.state === 'fresh' || found.state === 'absent');
  }

  async #expire(key: string, budget: Budget): Promise<boolean> {
    const { space, flights, shared } = this.#scope;
    const { format, clock } = shared;
    const serverKey = space.key(key);
    flights.detach(serverKey.text);
    for (;;) {
      const { state, stored, record } = await space.find(serverKey, key, budget);
      if (state !== 'fresh' || stored === undefined || record === undefined) return false;
      const now = clock.now();
      const keptUntil = keptAfterExpiry(
        format.freshUntil(stored.payload),
        format.keptUntil(stored.payload),
        now,
      );
      if (keptUntil <= now) {
        if (await space.remove(serverKey.text, { version: stored.version }, budget)) return true;
        continue;
      }
      const payload = format.copy(stored.payload);
      format.setLife(payload, now, keptUntil);
      const ttlMs = keptUntil === Number.POSITIVE_INFINITY ? null : Math.ceil(keptUntil - now);
      const when = { version: stored.version };
      if (await space.keep(serverKey.text, { payload, ttlMs }, record, when, budget)) return true;
    }
  }

  #removed(key: string): void {
    const { counts, events } = this.#scope.shared;
    counts.removals += 1;
    if (events.has('remove')) events.emit('remove', { namespace: this.#scope.name, key });
  }
}

/** The grace begins now; it was the distance between the two instants. An entry without end has none to give. */
function keptAfterExpiry(freshUntil: number, keptUntil: number, now: number): number {
  return freshUntil === Number.POSITIVE_INFINITY ? now : now + (keptUntil - freshUntil);
}

function refuseLife(operation: string, options: unknown): void {
  const isOptions =
    options === undefined || (typeof options === 'object' && options !== null && !('ttl' in options));
  if (isOptions) return;
  const message = `${operation} takes no life: it makes an entry stale now. To give it another ttl, call touch(key, { ttl })`;
  throw new CacheError('INVALID_OPTION', message, { operation });
}
