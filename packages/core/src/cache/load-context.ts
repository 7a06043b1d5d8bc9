import type { Duration } from '../duration.ts';
import type { Validators } from '../entry/entry.ts';
import { CacheError } from '../error.ts';
import type { EntryOptions } from './options.ts';

/** What a loader gets. */
export interface LoadContext<V = unknown> {
  /** Aborted when the load has taken longer than `hardTimeout`, or when the cache is closed. */
  readonly signal: AbortSignal;
  /** The value that stood there before, if there is one, stale or not. */
  readonly stale: V | undefined;
  /** Whether nobody waits for the value: it is a refresh. */
  readonly background: boolean;
  /** What the source said of the stale value; assign what it says of the new one. `''` = nothing. */
  etag: string;
  /** As `etag`. */
  lastModified: string;
  /** What to return when the source says that the stale value still holds: it is kept for a new life. */
  notModified(): V;
  /** The life of this value, instead of that of the options. */
  setTtl(ttl: Duration | null): void;
  /** The tags of this value, instead of those of the options. */
  setTags(tags: readonly string[]): void;
  /** Hands the value to the callers without keeping it. */
  dontStore(): void;
}

/** Brings the value from its source. Must not return undefined: null stands for "nothing". */
export type Loader<V> = (context: LoadContext<V>) => V | Promise<V>;

const NO_VALIDATORS: Validators = { etag: '', lastModified: '' };

/** Stands for the stale value. */
const NOT_MODIFIED: unique symbol = Symbol('not modified');

/** What a loader says of its value, beside the value. */
export class LoadNotes implements LoadContext {
  readonly stale: unknown;
  readonly background: boolean;
  stored = true;
  readonly #before: Validators;
  #now: Partial<Validators> = {};
  readonly #controller: AbortController = new AbortController();
  #ttl: Duration | null | undefined;
  #tags: readonly string[] | undefined;

  constructor(stale: unknown, background: boolean, validators: Validators | undefined) {
    this.stale = stale;
    this.background = background;
    this.#before = validators ?? NO_VALIDATORS;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Tells the loader that nobody waits for it any more. */
  abort(reason: CacheError): void {
    this.#controller.abort(reason);
  }

  get etag(): string {
    return this.#now.etag ?? this.#before.etag;
  }

  set etag(etag: string) {
    this.#now = { ...this.#now, etag };
  }

  get lastModified(): string {
    return this.#now.lastModified ?? this.#before.lastModified;
  }

  set lastModified(lastModified: string) {
    this.#now = { ...this.#now, lastModified };
  }

  /** What was said of what the loader returned: of a new value only what it assigned. */
  validatorsOf(returned: unknown): Validators | undefined {
    const { etag, lastModified } = returned === NOT_MODIFIED ? this : { ...NO_VALIDATORS, ...this.#now };
    return etag === '' && lastModified === '' ? undefined : { etag, lastModified };
  }

  // Of their own, so that a loader may take them out of its context.
  readonly notModified = (): never => {
    if (this.stale !== undefined) return NOT_MODIFIED as never;
    const message = 'notModified: there is no stale value; return the value itself';
    throw new CacheError('INVALID_VALUE', message, { operation: 'getOrSet' });
  };

  readonly setTtl = (ttl: Duration | null): void => {
    this.#ttl = ttl;
  };

  readonly setTags = (tags: readonly string[]): void => {
    this.#tags = tags;
  };

  readonly dontStore = (): void => {
    this.stored = false;
  };

  /** The value that a loader returned; the stale one if it said that this still holds. */
  resultOf(returned: unknown): unknown {
    return returned === NOT_MODIFIED ? this.stale : returned;
  }

  /** Whether the stale value is to be kept for a new life. */
  isUnmodified(returned: unknown): boolean {
    return returned === NOT_MODIFIED;
  }

  /** The options, with what the loader set in their place. */
  over(options: EntryOptions): EntryOptions {
    if (this.#ttl === undefined) return this.#tags === undefined ? options : { ...options, tags: this.#tags };
    const { expiresAt: _e, jitter: _j, ...rest } = options;
    return { ...rest, ttl: this.#ttl, ...(this.#tags !== undefined && { tags: this.#tags }) };
  }
}
