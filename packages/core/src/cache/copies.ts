import type { Codec } from '../codec/codec.ts';
import type { Stored } from '../contract/adapter.ts';
import { versionText } from '../entry/bytes.ts';
import { type LocalAbout, LocalEntry } from '../local/entry.ts';
import { isLocalKey, type LocalTier } from '../local/tier.ts';
import type { Answers } from './answers.ts';
import type { Buckets } from './buckets.ts';
import type { Scope } from './scope.ts';
import type { Space } from './space.ts';

/**
 * Ends a read whose answer may be kept as a copy.
 * @param stored what it brought, undefined = nothing that can be kept. @param record of the same moment
 */
export type Keep<P> = (stored?: Stored<P>, record?: P, value?: unknown) => void;

const NO_MARKERS: readonly string[] = [];

/** The local tier of a cache, as the reads of one namespace use it. */
export class Copies<P> {
  readonly #scope: Scope<P>;
  readonly #answers: Answers<P>;
  readonly #buckets: Buckets<P>;
  readonly #tier: LocalTier<P>;
  readonly #codec: Codec;
  /** What reads with the codec of this namespace. */
  readonly reader: number;

  constructor(scope: Scope<P>, tier: LocalTier<P>, answers: Answers<P>) {
    this.#scope = scope;
    this.#answers = answers;
    this.#buckets = scope.buckets;
    this.#tier = tier;
    this.#codec = scope.settings.codec;
    this.reader = tier.readers.of(scope.settings.codec, scope.settings.schema);
  }

  /** As `tier` of an entry names it. */
  get name(): string {
    return this.#tier.name;
  }

  /** A hit in this process, counted, as a call without options answers it; undefined = there is none. */
  answer(key: string): Promise<unknown> | undefined {
    const copy = this.find(key, this.reader);
    if (copy === undefined) return undefined;
    this.#answers.hit(key);
    return LocalEntry.answer(copy);
  }

  /** The copy of a key, unless a call on it is under way, after which this one would take effect. */
  find(key: string, reader: number): LocalEntry | undefined {
    if (typeof key !== 'string') return undefined;
    const space = this.#buckets.of(key);
    const { local } = space;
    if (local === undefined || !space.order.isFree || !isLocalKey(local, key)) {
      return this.#findBehind(space, key, reader);
    }
    return this.#tier.get(local, key, reader);
  }

  /** What `find` asks for where values are read with another codec than the namespace's. */
  readerOf(codec: Codec): number {
    return codec === this.#codec ? this.reader : this.#tier.readers.of(codec, this.#scope.settings.schema);
  }

  #findBehind(space: Space<P>, key: string, reader: number): LocalEntry | undefined {
    const { local, order } = space;
    if (local === undefined) return undefined;
    const { text } = space.knownKey(key);
    if (order.gate(text) !== undefined) return undefined;
    return this.#tier.get(local, isLocalKey(local, key) ? key : text, reader);
  }

  /** A read begins; undefined = its answer cannot be kept. */
  begin(key: string, codec: Codec): Keep<P> | undefined {
    const space = this.#scope.buckets.of(key);
    if (space.local === undefined || space.local.isLeft) space.local = this.#tier.part(space.path);
    const part = space.local;
    const listened = this.#tier.listen(part);
    if (listened === undefined) return undefined;
    return (stored, record, value) => {
      const { text } = space.knownKey(key);
      const own = isLocalKey(part, key) ? key : text;
      const { format, clock } = this.#scope.shared;
      // A sliding entry is renewed by each hit, on the server.
      if (stored === undefined || record === undefined || format.slidingMs(stored.payload) > 0) {
        this.#tier.settle(part, own, text, listened, undefined);
        return;
      }
      this.#tier.settle(part, own, text, listened, {
        record,
        markers: format.tagCount(stored.payload) === 0 ? NO_MARKERS : space.markerKeys(stored.payload),
        value,
        reader: this.readerOf(codec),
        about: this.#about(stored),
        freshMs: format.freshUntil(stored.payload) - clock.now(),
      });
    };
  }

  #about({ payload, version }: Stored<P>): LocalAbout {
    const { format } = this.#scope.shared;
    const { createdAt, freshUntil, loadMs, tags } = format.head(payload);
    return {
      createdAt,
      freshUntil,
      loadMs,
      tags: tags.map(({ name }) => name),
      codec: format.codecName(payload),
      version: versionText(version),
    };
  }
}
