import type { Codec } from '../codec/codec.ts';
import type { Stored } from '../contract/adapter.ts';
import { versionText } from '../entry/bytes.ts';
import type { LocalAbout, LocalEntry } from '../local/entry.ts';
import type { LocalTier } from '../local/tier.ts';
import type { Scope } from './scope.ts';

/**
 * Ends a read whose answer may be kept as a copy.
 * @param stored what it brought, undefined = nothing that can be kept. @param record of the same moment
 */
export type Keep<P> = (stored?: Stored<P>, record?: P, value?: unknown) => void;

const NO_MARKERS: readonly string[] = [];

/** The local tier of a cache, as the reads of one namespace use it. */
export class Copies<P> {
  readonly #scope: Scope<P>;
  readonly #tier: LocalTier<P>;

  constructor(scope: Scope<P>, tier: LocalTier<P>) {
    this.#scope = scope;
    this.#tier = tier;
  }

  /** As `tier` of an entry names it. */
  get name(): string {
    return this.#tier.name;
  }

  /** The copy of a key, unless a call on it is under way, after which this one would take effect. */
  find(key: string, codec: Codec): LocalEntry | undefined {
    const space = this.#scope.buckets.of(key);
    const { text } = space.knownKey(key);
    if (this.#scope.shared.calls.closed || space.order.gate(text) !== undefined) return undefined;
    return this.#tier.get(space.path, text, this.#reader(codec));
  }

  /** A read begins; undefined = its answer cannot be kept. */
  begin(key: string, codec: Codec): Keep<P> | undefined {
    const { path } = this.#scope.buckets.of(key);
    const listening = this.#tier.listen(path);
    if (listening === undefined) return undefined;
    return (stored, record, value) => {
      const space = this.#scope.buckets.of(key);
      const { text } = space.knownKey(key);
      const { format, clock } = this.#scope.shared;
      // A sliding entry is renewed by each hit, on the server.
      if (stored === undefined || record === undefined || format.slidingMs(stored.payload) > 0) {
        this.#tier.settle(path, text, listening, undefined);
        return;
      }
      this.#tier.settle(path, text, listening, {
        record,
        markers: format.tagCount(stored.payload) === 0 ? NO_MARKERS : space.markerKeys(stored.payload),
        entry: { value, reader: this.#reader(codec), about: this.#about(stored) },
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

  #reader(codec: Codec): number {
    return this.#tier.readers.of(codec, this.#scope.settings.schema);
  }
}
