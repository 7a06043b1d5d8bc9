import type { AnyAdapter, Cache, CacheOptions, FacetName } from '@cache/core';
import type { FakeClock } from './fake-clock.ts';
import type { ModelSettings } from './models/search.ts';

/** What the kit asks of a harness when it opens an adapter. */
export interface OpenOptions {
  /** Every key that the kit uses begins with it. It is another one each time. */
  readonly prefix: string;
  /** How many entries the rule may have in the store at once, for stores that are made for a number of them. */
  readonly room: number;
}

/** How to trouble the connection or server of one opened adapter, and of no other. */
export interface Disrupt {
  /** Answers stop coming; connections stay open. */
  freeze?(): Promise<void>;
  /** What was frozen goes on, with what it had received meanwhile. */
  thaw?(): Promise<void>;
  /** Ends the connections; the next one succeeds. */
  cut?(): Promise<void>;
  /** Ends the connections and refuses new ones. */
  down?(): Promise<void>;
  /** Accepts connections again. */
  up?(): Promise<void>;
  /** Brings all replicas up to date, after which they get nothing any more and answer what they have. */
  lag?(): Promise<void>;
  /** Replicas go on. */
  catchUp?(): Promise<void>;
}

/** One adapter that was opened for one rule, and how to end it. */
export interface Opened extends AsyncDisposable {
  readonly adapter: AnyAdapter;
  /** The clock that the adapter was given, if it takes one. `advance` is then this clock's. */
  readonly clock?: FakeClock;
  /** Lets time pass for the adapter and its server. */
  advance?(ms: number): Promise<void>;
  /** Ends the life of one key now, as if its ttl had passed. */
  expireNow?(key: string): Promise<void>;
  /**
   * What is left of a life, in ms, by the server's own word, where the adapter cannot tell: null = no end, undefined =
   * nothing there.
   */
  remaining?(key: string): Promise<number | null | undefined>;
  /** Loses one key now, as a server does that evicts or restarts: the adapter is not told. */
  lose?(key: string): Promise<void>;
  /**
   * Remembers what the server has under the prefix. What it answers puts the server back: later writes are lost, and
   * what was removed or replaced since is there again, with the end that it had. So a failover loses what was not
   * replicated, and a restart what was not saved.
   */
  snapshot?(): Promise<Restore>;
  readonly disrupt?: Disrupt;
  /** Needs so much room that the store drops whatever it may drop. */
  press?(): Promise<void>;
  /**
   * Opens another adapter of the same server, best one of another driver, that is given the same prefix: what either
   * writes, the other reads.
   */
  peer?(): Promise<Peer>;
  /** The store may drop anything at any time, as it does when it is full: models then permit a miss everywhere. */
  readonly evicts?: boolean;
}

/** Puts a server back to what it was. Nothing else may be under way. */
export type Restore = () => Promise<void>;

/** Another adapter of the same server, and how to end it. */
export interface Peer extends AsyncDisposable {
  readonly adapter: AnyAdapter;
}

/** What the author of an adapter gives to the kit. */
export interface AdapterHarness {
  readonly name: string;
  /** The facets that the adapter is to have: exactly these, so that none is lost or won by accident. */
  readonly expects: readonly FacetName[];
  /** Opens an adapter. Called once a rule. */
  open(options: OpenOptions): Promise<Opened>;
  /** Rules that this adapter cannot keep, each with the reason. They must fail: an unexpected pass is a failure. */
  readonly known?: Readonly<Record<string, string>>;
  /**
   * Makes the caches of the cache suite, for compositions that are more than `createCache` over the adapter. `sound` is
   * `createCache`.
   */
  cacheOf?(
    options: CacheOptions<AnyAdapter>,
    sound: (options: CacheOptions<AnyAdapter>) => Cache<AnyAdapter>,
  ): Cache<AnyAdapter>;
  /** How long a call may take before the kit takes it for hung, ms. Default: 10,000. */
  readonly patienceMs?: number;
  /** How the models look for defects: their seed, above all. */
  readonly models?: ModelSettings;
  /** What the adapter meets, such as `redis 7.0.15`: for the report. */
  about?(): string | Promise<string>;
}
