import { checkKey } from '../key.ts';
import type { Invalidations } from './invalidations.ts';
import type { CallOptions } from './options.ts';
import { checkList } from './reads.ts';
import { isOfTheServer } from './recovery.ts';
import type { Scope } from './scope.ts';

/** An answer, or that there is none yet. */
type Queued<T> = Promise<T | 'queued'>;

/** Invalidations that are queued, where this was asked for, when the server does not take them. */
export class RecoveringInvalidations<P> {
  readonly #scope: Scope<P>;
  readonly #inner: Invalidations<P>;

  constructor(scope: Scope<P>, inner: Invalidations<P>) {
    this.#scope = scope;
    this.#inner = inner;
  }

  delete(key: string, options: CallOptions | undefined): Queued<boolean> {
    return this.#queueable('delete', key, (call) => this.#inner.delete(key, call), options);
  }

  async deleteMany(
    keys: readonly string[],
    options: CallOptions | undefined,
  ): Promise<(boolean | 'queued')[]> {
    if (this.#scope.shared.recovery === undefined) return await this.#inner.deleteMany(keys, options);
    checkKeys(keys, 'deleteMany');
    return await Promise.all(keys.map((key) => this.delete(key, options)));
  }

  expire(key: string, options: CallOptions | undefined): Queued<boolean> {
    return this.#queueable('expire', key, (call) => this.#inner.expire(key, call), options);
  }

  async expireMany(
    keys: readonly string[],
    options: CallOptions | undefined,
  ): Promise<(boolean | 'queued')[]> {
    if (this.#scope.shared.recovery === undefined) return await this.#inner.expireMany(keys, options);
    checkKeys(keys, 'expireMany');
    return await Promise.all(keys.map((key) => this.expire(key, options)));
  }

  deleteByTag(tags: string | readonly string[], options: CallOptions | undefined): Queued<undefined> {
    const again = (call: CallOptions | undefined): Promise<undefined> => this.#inner.deleteByTag(tags, call);
    return this.#queueable('deleteByTag', [tags].flat(), again, options);
  }

  expireByTag(tags: string | readonly string[], options: CallOptions | undefined): Queued<undefined> {
    const again = (call: CallOptions | undefined): Promise<undefined> => this.#inner.expireByTag(tags, call);
    return this.#queueable('expireByTag', [tags].flat(), again, options);
  }

  clear(options: CallOptions | undefined): Queued<undefined> {
    return this.#queueable('clear', undefined, (call) => this.#inner.clear(call), options);
  }

  async #queueable<T>(
    operation: string,
    subject: string | readonly string[] | undefined,
    call: (options: CallOptions | undefined) => Promise<T>,
    options: CallOptions | undefined,
  ): Queued<T> {
    try {
      return await call(options);
    } catch (error) {
      const { recovery } = this.#scope.shared;
      if (recovery === undefined || !isOfTheServer(error)) throw error;
      const namespace = this.#scope.name;
      const name = JSON.stringify([operation, this.#scope.names, subject]);
      const key = typeof subject === 'object' ? subject.join(' ') : subject;
      if (!recovery.add({ name, namespace, operation, key, run: () => call(undefined) })) throw error;
      return 'queued';
    }
  }
}

function checkKeys(keys: readonly string[], operation: string): void {
  checkList(keys, operation);
  for (const key of keys) checkKey(key, operation);
}
