import type { ScanPage } from '../contract/facets.ts';
import type { Failure } from '../contract/outcome.ts';
import { CacheError, toFailure } from '../error.ts';
import { keyOf, valuesMatch } from '../key.ts';
import { globMatcher } from '../text/glob.ts';
import type { Budget } from './budget.ts';
import { requireFacet } from './facet.ts';
import type { Invalidations } from './invalidations.ts';
import { allOrFailure } from './many.ts';
import type { KeysOptions, ScanOptions } from './options.ts';
import { Portion } from './portion.ts';
import { isFailure, type Scope } from './scope.ts';

/** How many keys of the server a page looks at. */
const PAGE_SIZE = 1000;
const MOST_PAGE_SIZE = 100_000;
/** What a glob costs grows with its length. */
const MAX_PATTERN = 1000;

/** Which keys, and how many at once. */
interface Wanted {
  readonly pageSize: number;
  matches(key: string): boolean;
}

/**
 * Going over the keys of a namespace, page by page. The server is asked for what begins like this namespace; what
 * belongs to it, what matches and what counts is decided here, so that it is the same for every adapter, and so that a
 * namespace that is spread over several paths is one scan.
 */
export class Scans<P> {
  readonly #scope: Scope<P>;
  readonly #invalidations: Invalidations<P>;

  constructor(scope: Scope<P>, invalidations: Invalidations<P>) {
    this.#scope = scope;
    this.#invalidations = invalidations;
  }

  /** The keys that `has` would find. */
  async *keys(options: KeysOptions | undefined): AsyncGenerator<string, void, undefined> {
    const operation = 'keys';
    const portion = new Portion();
    try {
      const wanted = this.#wanted(operation, options?.prefix ?? '', options?.pattern, options);
      this.#scope.alive(options?.signal);
      for await (const page of this.#pages(operation, wanted, portion, options)) {
        for (const keys of portion.of(page)) {
          for (const key of await this.#counting(operation, keys, portion, options)) {
            // The consumer may have taken its time.
            this.#scope.alive(options?.signal);
            yield key;
          }
        }
      }
    } catch (caught) {
      throw this.#scope.fault(caught, operation, undefined, false);
    }
  }

  deleteByPattern(pattern: string, options: ScanOptions | undefined): Promise<number> {
    const operation = 'deleteByPattern';
    return this.#delete(operation, options, () => {
      if (pattern === undefined) throw invalid(operation, 'takes a pattern');
      return this.#wanted(operation, '', pattern, options);
    });
  }

  deleteByPrefix(prefix: string, options: ScanOptions | undefined): Promise<number> {
    const operation = 'deleteByPrefix';
    return this.#delete(operation, options, () => {
      if (prefix === '')
        throw invalid(operation, 'takes a prefix that is not empty; for every key call clear()');
      return this.#wanted(operation, prefix, undefined, options);
    });
  }

  /** How many of the entries that were removed counted. */
  #delete(operation: string, options: ScanOptions | undefined, wants: () => Wanted): Promise<number> {
    const { flights, shared } = this.#scope;
    return this.#scope.guard(operation, undefined, async () => {
      const wanted = wants();
      requireFacet(shared.adapter, 'scan', operation);
      const portion = new Portion();
      let removed = 0;
      const remove = async (keys: readonly string[]): Promise<void> => {
        for (const piece of portion.of(keys)) {
          const budget = this.#scope.budget(options, operation);
          const taking = await Promise.allSettled(piece.map((key) => this.#invalidations.take(key, budget)));
          const taken = taking.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
          removed += taken.filter(({ counted }) => counted).length;
          portion.learn(taken.map(({ bytes }) => bytes));
          const refused = taking.find((one) => one.status === 'rejected');
          if (refused !== undefined) throw refused.reason;
        }
      };
      try {
        // Overtaken from the moment of the call on. What is being kept at this moment may turn up where the scan has
        // been already, so it is removed by its key.
        const loading = flights.keys.filter((key) => wanted.matches(key));
        for (const key of loading) flights.detach(this.#serverKey(key));
        await remove(loading);
        for await (const page of this.#pages(operation, wanted, portion, options)) await remove(page);
      } catch (caught) {
        const failure: Failure = isFailure(caught) ? caught : toFailure(caught);
        throw removed === 0 ? caught : { ...failure, outcome: 'unknown' };
      }
      return removed;
    });
  }

  /** Pages of keys that match, whatever is under them. */
  async *#pages(
    operation: string,
    wanted: Wanted,
    portion: Portion,
    options: ScanOptions | undefined,
  ): AsyncGenerator<string[], void, undefined> {
    const { names, shared } = this.#scope;
    const scan = requireFacet(shared.adapter, 'scan', operation);
    const match = valuesMatch(names, shared.adapter.buckets !== undefined);
    await this.#behind(this.#scope.budget(options, operation));
    let cursor: string | undefined;
    do {
      const budget = this.#scope.budget(options, operation);
      const page: ScanPage = await shared.coalescer.run(
        async (call) => [await scan.page(match, cursor, wanted.pageSize, call)],
        false,
        budget.wait(),
      );
      const keys: string[] = [];
      const hashed: string[] = [];
      for (const text of new Set(page.keys)) {
        const found = keyOf(text);
        if (found?.kind === 'h') hashed.push(text);
        else if (found?.kind === 'v' && this.#isOurs(text, found.rest) && wanted.matches(found.rest))
          keys.push(found.rest);
      }
      for (const texts of portion.of(hashed)) {
        const originals = await this.#originals(operation, texts, portion, options);
        keys.push(...originals.filter((key) => wanted.matches(key)));
      }
      if (keys.length > 0) yield keys;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /** Waits for what was called before: a read stands behind it, a scan would overtake it. */
  async #behind(budget: Budget): Promise<void> {
    const { buckets, shared } = this.#scope;
    const reading = buckets.all().map((space) => {
      return space.enter(undefined, 'nothing', budget, async () => {
        await shared.coalescer.read(space.recordKey, undefined, budget.wait());
      });
    });
    await allOrFailure(reading);
  }

  /** Those of the keys that count. */
  async #counting(
    operation: string,
    keys: readonly string[],
    portion: Portion,
    options: ScanOptions | undefined,
  ): Promise<string[]> {
    const { buckets, shared } = this.#scope;
    const budget = this.#scope.budget(options, operation);
    const finding = keys.map((key) => {
      const space = buckets.of(key);
      return space.find(space.key(key), key, budget);
    });
    const found = await Promise.all(finding);
    portion.learn(found.map(({ stored }) => (stored === undefined ? 0 : shared.format.size(stored.payload))));
    return keys.filter((_key, index) => found[index]?.state === 'fresh');
  }

  /** The keys of hashed ones, which their entries hold. */
  async #originals(
    operation: string,
    texts: readonly string[],
    portion: Portion,
    options: ScanOptions | undefined,
  ): Promise<string[]> {
    const { format, coalescer } = this.#scope.shared;
    const wait = this.#scope.budget(options, operation).wait();
    const answers = await Promise.all(texts.map((text) => coalescer.read(text, undefined, wait)));
    portion.learn(answers.map(({ stored }) => (stored === undefined ? 0 : format.size(stored.payload))));
    return answers.flatMap(({ stored }, index) => {
      if (stored === undefined || !format.recognizes(stored.payload)) return [];
      const key = format.hashedKey(stored.payload);
      return key !== undefined && this.#isOurs(texts[index], key) ? [key] : [];
    });
  }

  /** Whether this is where this namespace keeps the key: the server's pattern may let others through. */
  #isOurs(text: string | undefined, key: string): boolean {
    return key !== '' && this.#serverKey(key) === text;
  }

  #serverKey(key: string): string {
    return this.#scope.buckets.of(key).key(key).text;
  }

  /** @throws CacheError `INVALID_OPTION` */
  #wanted(
    operation: string,
    prefix: string,
    pattern: string | undefined,
    options: ScanOptions | undefined,
  ): Wanted {
    // Checks that the options are options.
    this.#scope.timeoutMs(options, operation);
    const { pageSize = PAGE_SIZE } = options ?? {};
    if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MOST_PAGE_SIZE) {
      throw invalid(operation, `pageSize must be a whole number from 1 to ${MOST_PAGE_SIZE}`);
    }
    if (typeof prefix !== 'string' || !prefix.isWellFormed()) {
      throw invalid(operation, 'prefix must be well-formed text');
    }
    if (pattern === undefined) return { pageSize, matches: (key) => key.startsWith(prefix) };
    if (
      typeof pattern !== 'string' ||
      pattern === '' ||
      pattern.length > MAX_PATTERN ||
      !pattern.isWellFormed()
    ) {
      throw invalid(operation, `pattern must be a glob, well-formed text of 1 to ${MAX_PATTERN} characters`);
    }
    const accepts = globMatcher(pattern);
    return { pageSize, matches: (key) => key.startsWith(prefix) && accepts(key.slice(prefix.length)) };
  }
}

function invalid(operation: string, problem: string): CacheError {
  return new CacheError('INVALID_OPTION', `${operation}: ${problem}`, { operation });
}
