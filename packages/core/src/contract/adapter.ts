import type { Facets } from './facets.ts';
import type { Outcome } from './outcome.ts';

/** What every call of an adapter gets. */
export interface Call {
  /** Aborts the wait, not what the server may already be doing. */
  readonly signal?: AbortSignal;
  /** The instant, in ms of the adapter's monotonic clock (`performance.now()`), by which the call settles. */
  readonly deadline: number;
  /**
   * Of `read`: a replica may answer, whose view may be any that the server had before. Absent: the answer has every write
   * that had been acknowledged.
   */
  readonly mayLag?: boolean;
}

/**
 * Names one write of one key. Opaque to everybody but the adapter that gave it; hand it back as it came.
 * A version is never reused for a key: not after expiry, deletion, eviction or a restart of the server.
 */
export type Version = Uint8Array | string | number | bigint;

/** What is stored under a key. */
export interface Stored<P> {
  readonly payload: P;
  readonly version: Version;
}

/** When a write, removal or touch is to happen. Checked and done in one atomic step on the server. */
export type Condition = 'absent' | 'present' | VersionCondition;

export interface VersionCondition {
  readonly version: Version;
}

export interface Write<P> {
  readonly key: string;
  readonly payload: P;
  /** Life in whole ms from now, at least 1 and at most `limits.maxTtlMs`; null = until removed or evicted. */
  readonly ttlMs: number | null;
  readonly when?: Condition;
  /** A hint: of all entries this is to be evicted last, because many others are lost with it. */
  readonly pinned?: boolean;
  /**
   * `false` = a hint: this is part of a load, so it brings something or takes back its own, and nobody was promised that
   * what other copies of the key hold is gone.
   */
  readonly invalidates?: false;
}

/** `written: false` = refused by its condition, nothing was changed. */
export type WriteResult = { readonly written: true; readonly version: Version } | { readonly written: false };

export interface Removal {
  readonly key: string;
  readonly when?: VersionCondition;
  /** As in `Write`. */
  readonly invalidates?: false;
}

export interface Touch {
  readonly key: string;
  /** The new life in whole ms from now; null = until removed or evicted. */
  readonly ttlMs: number | null;
  readonly when?: VersionCondition;
  /** As in `Write`. */
  readonly invalidates?: false;
}

/** What the server behind an adapter can take. Core refuses before it would be exceeded. */
export interface Limits {
  /** Longest key, in UTF-8 bytes, as core hands it over. Longer ones are hashed by core. */
  readonly maxKeyBytes: number;
  /** Largest payload, in bytes, header included. `Infinity` where payloads are references. */
  readonly maxValueBytes: number;
  /** Longest finite life, in ms. */
  readonly maxTtlMs: number;
  /** How far, in ms, the end of a life may be from what was asked. */
  readonly ttlResolutionMs: number;
}

/**
 * The contract between a driver and a cache; CONTRACT.md has its rules.
 *
 * Every method is a batch: answers are positional, duplicates are kept and take effect in order, an empty batch
 * answers `[]` without I/O, and any size is accepted. A method never throws and never rejects: what fails, fails by
 * item. Two calls made one after the other take effect on a key in that order.
 *
 * @typeParam P what is stored: bytes, or references where the store is the memory of this process. The first 16 bytes
 * of every payload in bytes are a stamp that its writer made unique; an adapter without native versions compares it.
 */
export interface Adapter<P = Uint8Array> {
  readonly name: string;
  readonly payload: 'bytes' | 'reference';
  readonly limits: Limits;
  /**
   * Into how many parts core splits a namespace: 1 to 1024, the same in every process that shares the servers. The keys
   * of a part begin with a hash tag (`{…}`) of its own, and one tag lives on one node. Absent: one node has everything.
   */
  readonly buckets?: number;
  /**
   * What may undo writes that the server had acknowledged, in words: `failover`, `restart`, … Absent: nothing that
   * leaves older entries behind.
   */
  readonly losses?: readonly string[];
  /**
   * There may be copies of a key that reads do not find at present. What invalidates a key then removes it even where it
   * found nothing.
   */
  readonly hasUnseenCopies?: boolean;
  /** Reads whose call says `mayLag` may be answered by replicas, which are behind. Absent: nobody makes use of it. */
  readonly hasReplicas?: boolean;
  /** What is stored under each key, or undefined. */
  read(keys: readonly string[], call: Call): Promise<Outcome<Stored<P> | undefined>[]>;
  /** Writes each item, whole or not at all; the ttl replaces the former one. */
  write(writes: readonly Write<P>[], call: Call): Promise<Outcome<WriteResult>[]>;
  /** Whether something was removed. */
  remove(removals: readonly Removal[], call: Call): Promise<Outcome<boolean>[]>;
  /** Gives what is there another life, keeping payload and, unconditionally, version; whether something was there. */
  touch(touches: readonly Touch[], call: Call): Promise<Outcome<boolean>[]>;
  /** Ends what the adapter opened, never what the caller gave it. Pending calls settle. May be called twice. */
  close(): Promise<void>;
}

/** An adapter of whatever payload with whatever facets: a bound for type parameters, not a type to annotate with. */
// biome-ignore lint/suspicious/noExplicitAny: the payload is invariant, so no other bound admits every adapter
export type AnyAdapter = Adapter<any> & Partial<Facets<any>>;

type Trait = 'name' | 'payload' | 'limits' | 'buckets' | 'losses' | 'hasUnseenCopies' | 'hasReplicas';

/** What an adapter says of itself, beside its methods: for whoever wraps one. */
export function traitsOf<P>({
  name,
  payload,
  limits,
  buckets,
  losses,
  hasUnseenCopies,
  hasReplicas,
}: Adapter<P>): Pick<Adapter<P>, Trait> {
  return {
    name,
    payload,
    limits,
    ...(buckets !== undefined && { buckets }),
    ...(losses !== undefined && { losses }),
    ...(hasUnseenCopies !== undefined && { hasUnseenCopies }),
    ...(hasReplicas !== undefined && { hasReplicas }),
  };
}

/** The payload type of an adapter. */
export type PayloadOf<A> = A extends Adapter<infer P> ? P : never;

/**
 * Returns its argument, typed by what it has: a facet's presence is its declaration, and an annotation as `Adapter`
 * would erase it.
 */
export function defineAdapter<const A extends AnyAdapter>(adapter: A): A {
  return adapter;
}
