import type { AnyAdapter, Cache, CacheError, Namespace } from '@cache/core';
import type { Answer, Question, Source } from './questions.ts';

/** The source behind the cache: a namespace a kind of question, each with its own life. */
export class CachedSource {
  readonly #source: Source;
  readonly search: Namespace<AnyAdapter, Answer>;
  readonly nearest: Namespace<AnyAdapter, Answer>;
  readonly country: Namespace<AnyAdapter, Answer>;
  /** How often the cache failed; the database answered instead. */
  failures = 0;
  lastFailure: CacheError | undefined;

  constructor(cache: Cache<AnyAdapter>, source: Source) {
    this.#source = source;
    this.search = cache.namespace<Answer>('search', { ttl: '10m' });
    this.nearest = cache.namespace<Answer>('nearest', { ttl: '10m' });
    this.country = cache.namespace<Answer>('country', { ttl: '1h' });
    cache.on('error', ({ error }) => {
      this.failures += 1;
      this.lastFailure = error;
    });
  }

  /** What the cache has; otherwise what the database says, which the cache then keeps. */
  ask(question: Question): Promise<Answer> {
    return this[question.kind].getOrSet(keyOf(question), () => this.#source.ask(question));
  }

  /** Forgets everything, such as what an earlier run left on a server. */
  async clear(): Promise<void> {
    await Promise.all([this.search.clear(), this.nearest.clear(), this.country.clear()]);
  }
}

/** What makes two questions of a kind the same one. */
export function keyOf(question: Question): string {
  switch (question.kind) {
    case 'search':
      return question.prefix;
    case 'nearest':
      return `${question.latitude},${question.longitude}`;
    case 'country':
      return question.code;
  }
}
