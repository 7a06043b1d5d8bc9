import { abortedBy, CLOSED } from '../contract/call.ts';
import type { Scan, ScanPage } from '../contract/facets.ts';
import type { Effect } from '../contract/outcome.ts';
import { keyOf, valuesMatch } from '../key.ts';
import { orAborted } from './abort.ts';
import { Budget } from './budget.ts';
import { requireFacet } from './facet.ts';
import { allOrFailure } from './many.ts';
import type { ScanOptions } from './options.ts';
import { Portion } from './portion.ts';
import type { Scope } from './scope.ts';
import type { Wanted } from './wanted.ts';

/**
 * One walk over the keys of a namespace, page by page. The server is asked for what begins like this namespace; what
 * belongs to it and what matches is decided here, so that it is the same for every adapter, and so that a namespace
 * that is split is walked over once. Each step has the call's whole timeout; the signal ends the walk.
 */
export class Walk<P> {
  readonly wanted: Wanted;
  /** How many entries to ask for at once. */
  readonly portion: Portion = new Portion();
  readonly #scope: Scope<P>;
  readonly #scan: Scan;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;

  /** @throws CacheError `INVALID_OPTION` or `UNSUPPORTED` */
  constructor(scope: Scope<P>, operation: string, wanted: Wanted, options: ScanOptions | undefined) {
    this.#scope = scope;
    this.#timeoutMs = scope.timeoutMs(options, operation);
    this.#signal = options?.signal;
    this.#scan = requireFacet(scope.shared.adapter, 'scan', operation);
    this.wanted = wanted;
  }

  /** Keys that match, each once a page, whatever is under them. */
  async *pages(): AsyncGenerator<string[], void, undefined> {
    const { names, shared } = this.#scope;
    const match = valuesMatch(names, shared.adapter.buckets !== undefined);
    await this.#behind();
    let cursor: string | undefined;
    do {
      const page: ScanPage = await shared.coalescer.run(
        async (call) => [await this.#scan.page(match, cursor, this.wanted.pageSize, call)],
        false,
        { timeoutMs: this.#timeoutMs, signal: this.#signal },
      );
      const keys: string[] = [];
      const hashed: string[] = [];
      for (const text of new Set(page.keys)) {
        const { kind, rest = '' } = keyOf(text) ?? {};
        if (kind === 'h') hashed.push(text);
        else if (kind === 'v' && this.wanted.matches(rest) && this.#isOurs(text, rest)) keys.push(rest);
      }
      for (const piece of this.portion.of(hashed)) keys.push(...(await this.#originals(piece)));
      if (keys.length > 0) yield keys;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /** Runs one step: each of its calls may take the whole timeout, none listens to the signal. */
  async step<T>(effect: Effect, run: (budget: Budget) => Promise<T>): Promise<T> {
    this.alive();
    return await orAborted(
      run(new Budget(this.#scope.shared.clock, this.#timeoutMs, undefined)),
      this.#signal,
      effect,
    );
  }

  /** @throws Failure `ABORTED`: between two steps anything may happen */
  alive(): void {
    if (this.#signal?.aborted) throw abortedBy(this.#signal, 'not-applied');
  }

  /** As `alive`, for a walk whose steps are taken by the caller. @throws Failure `CLOSED` */
  open(): void {
    if (this.#scope.shared.calls.closed) throw CLOSED;
    this.alive();
  }

  /** Waits for what was called before: a read stands behind it, a scan would overtake it. */
  async #behind(): Promise<void> {
    const { buckets, shared } = this.#scope;
    await this.step('not-applied', (budget) => {
      const reading = buckets.all().map((space) => {
        return space.order.enter(undefined, 'nothing', budget, async () => {
          await shared.coalescer.read(space.recordKey, undefined, budget.wait());
        });
      });
      return allOrFailure(reading);
    });
  }

  /** The keys of hashed ones, which their entries hold; those that match. */
  async #originals(texts: readonly string[]): Promise<string[]> {
    const { format, coalescer } = this.#scope.shared;
    const answers = await this.step('not-applied', (budget) => {
      return Promise.all(texts.map((text) => coalescer.read(text, undefined, budget.wait())));
    });
    this.portion.learn(answers.map(({ stored }) => (stored === undefined ? 0 : format.size(stored.payload))));
    return answers.flatMap(({ stored }, index) => {
      if (stored === undefined || !format.recognizes(stored.payload)) return [];
      const key = format.hashedKey(stored.payload) ?? '';
      return this.wanted.matches(key) && this.#isOurs(texts[index], key) ? [key] : [];
    });
  }

  /** Whether this is where this namespace keeps the key: the server's pattern may let others through. */
  #isOurs(text: string | undefined, key: string): boolean {
    return key !== '' && this.#scope.buckets.of(key).key(key).text === text;
  }
}
