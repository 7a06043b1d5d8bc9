import type { Call } from '../contract/adapter.ts';
import type { CounterAdd, Counters, FloatAdd, FloatCounters } from '../contract/facets.ts';
import type { Outcome } from '../contract/outcome.ts';
import { CacheError, quoteKey } from '../error.ts';
import { checkKey, otherKey } from '../key.ts';
import { requireFacet, unsupported } from './facet.ts';
import { parseTtl } from './life.ts';
import type { CounterOptions } from './options.ts';
import type { Scope } from './scope.ts';

const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Counters: their own kind of key, signed 64-bit on the server, where the addition is made. The server key holds the
 * epoch, so `clear` forgets them; `get` does not see them.
 */
export class Numbers<P> {
  readonly #scope: Scope<P>;

  constructor(scope: Scope<P>) {
    this.#scope = scope;
  }

  /** Adds and answers the new value, of the type of `by`. `sign` = −1 subtracts. */
  async add<N extends number | bigint>(
    operation: string,
    key: string,
    by: N,
    sign: 1n | -1n,
    options: CounterOptions,
  ): Promise<N> {
    const counters = requireFacet(this.#scope.shared.adapter, 'counters', operation);
    const amount = sign * toInteger(by, operation, key);
    const initial = toInteger(options?.initial ?? 0, operation, key);
    const value = await this.#run(operation, key, options, (serverKey, ttlMs, call) => {
      const addition: CounterAdd = { key: serverKey, by: amount, initial, ttlMs };
      return counters.add([addition], call);
    });
    if (typeof by === 'bigint') return value as N;
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number as N;
    throw outOfRange(
      operation,
      key,
      `is now ${value}, which no number holds exactly; use a bigint`,
      'applied',
    );
  }

  async addFloat(key: string, by: number, options: CounterOptions): Promise<number> {
    const operation = 'incrementFloat';
    const counters = requireFacet(this.#scope.shared.adapter, 'counters', operation);
    if (!hasFloats(counters)) throw unsupported(this.#scope.shared.adapter, 'counters.addFloat', operation);
    if (typeof by !== 'number' || !Number.isFinite(by)) {
      throw new CacheError(
        'INVALID_VALUE',
        `${operation} ${quoteKey(String(key))}: by must be a finite number`,
        { operation },
      );
    }
    const initial = Number(options?.initial ?? 0);
    if (!Number.isFinite(initial) || typeof options?.initial === 'string') {
      const message = `${operation} ${quoteKey(String(key))}: initial must be a finite number`;
      throw new CacheError('INVALID_VALUE', message, { operation });
    }
    return await this.#run(operation, key, options, (serverKey, ttlMs, call) => {
      const addition: FloatAdd = { key: serverKey, by, initial, ttlMs };
      return counters.addFloat([addition], call);
    });
  }

  #run<R>(
    operation: string,
    key: string,
    options: CounterOptions | undefined,
    add: (serverKey: string, ttlMs: number | null, call: Call) => Promise<Outcome<R>[]>,
  ): Promise<R> {
    return this.#scope.guard(operation, key, async () => {
      checkKey(key, operation);
      const { buckets, settings, shared } = this.#scope;
      const space = buckets.of(key);
      const budget = this.#scope.budget(options, operation);
      const ttlMs = options?.ttl === undefined ? settings.life.ttlMs : parseTtl(options.ttl);
      // Behind those who learn the record: else what is called after them could be earlier than what is called here.
      const record = await space.order.enter(undefined, 'record', budget, () => space.record.learn(budget));
      const name = `${space.record.epochText(record)}:${key}`;
      const serverKey = otherKey(space.path, 'n', name, shared.adapter.limits.maxKeyBytes);
      return await shared.coalescer.run((call) => add(serverKey, ttlMs, call), true, budget.wait());
    });
  }
}

function hasFloats(counters: Counters): counters is FloatCounters {
  return 'addFloat' in counters;
}

function toInteger(by: unknown, operation: string, key: string): bigint {
  if (typeof by === 'bigint') {
    if (by >= -MAX_INT64 && by <= MAX_INT64) return by;
    throw outOfRange(operation, key, 'takes amounts within ±(2^63 − 1)', 'not-applied');
  }
  if (typeof by === 'number' && Number.isSafeInteger(by)) return BigInt(by);
  if (typeof by === 'number' && Number.isInteger(by)) {
    throw outOfRange(
      operation,
      key,
      'takes numbers within ±(2^53 − 1); beyond that use a bigint',
      'not-applied',
    );
  }
  const message = `${operation} ${quoteKey(String(key))}: the amount must be an integer or a bigint; for fractions use incrementFloat`;
  throw new CacheError('INVALID_VALUE', message, { operation });
}

function outOfRange(
  operation: string,
  key: string,
  reason: string,
  outcome: 'applied' | 'not-applied',
): CacheError {
  return new CacheError('OUT_OF_RANGE', `${operation} ${quoteKey(String(key))} ${reason}`, {
    operation,
    key,
    outcome,
  });
}
