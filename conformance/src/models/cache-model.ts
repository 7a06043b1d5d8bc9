import type { Model, Permitted } from './model.ts';

/** One call of a cache, on one key. */
export type CacheCall =
  | { readonly name: 'get' | 'has' | 'lookup' | 'ttl' | 'expire' | 'delete' | 'clear' }
  | { readonly name: 'set' | 'add' | 'getAndSet' | 'getOrSet'; readonly label: string; readonly life: Life }
  | { readonly name: 'touch'; readonly life: Life }
  | { readonly name: 'increment'; readonly by: number };

export interface Life {
  readonly ttlMs: number | null;
  /** How long it may be shown as stale afterwards; 0 = never. */
  readonly graceMs: number;
}

export interface CacheInput {
  readonly call: CacheCall;
  /** The cache's time, ms. */
  readonly at: number;
}

interface Entry {
  readonly label: string;
  /** When it is no longer fresh; undefined = never. */
  readonly end: number | undefined;
  /** Whether it may be shown as stale then. */
  readonly graced: boolean;
}

interface Counter {
  readonly sum: number;
  readonly end: number;
}

/** A value and a counter of one name, which are two things. */
export interface CacheState {
  readonly entry: Entry | undefined;
  readonly counter: Counter | undefined;
}

export interface CacheModelOptions {
  /** How far the end of a life may be from what was asked, on the server. */
  readonly resolutionMs?: number;
  /** What is there may go at any time, namespaces as a whole included. */
  readonly evicts?: boolean;
}

/** The life of a counter whose creation says nothing of it. */
export const COUNTER_MS = 600_000;

/** What a cache may answer for one name. */
export function cacheModel(options: CacheModelOptions = {}): Model<CacheState, CacheInput> {
  const { resolutionMs = 1, evicts = false } = options;

  function alternatives({ entry, counter }: CacheState, at: number): CacheState[] {
    const mayEnd = (end = Number.POSITIVE_INFINITY): boolean => evicts || at > end - resolutionMs;
    const entries = entry !== undefined && mayEnd(entry.end) ? [entry, undefined] : [entry];
    const ended = counter !== undefined && at >= counter.end + resolutionMs;
    const counters = ended ? [undefined] : counter && mayEnd(counter.end) ? [counter, undefined] : [counter];
    return entries.flatMap((one) => counters.map((other) => ({ entry: one, counter: other })));
  }

  function permits(state: CacheState, { call, at }: CacheInput): Permitted<CacheState>[] {
    const { entry, counter } = state;
    // Whatever is not fresh is absent to every call but lookup.
    const fresh = entry !== undefined && at < (entry.end ?? Number.POSITIVE_INFINITY) ? entry : undefined;
    const there = fresh !== undefined;
    const same = (says: string): Permitted<CacheState>[] => [{ says, next: state }];
    const becomes = (says: string, next: Entry | undefined): Permitted<CacheState>[] => {
      return [{ says, next: { ...state, entry: next } }];
    };
    switch (call.name) {
      case 'get':
        return same(fresh?.label ?? 'nothing');
      case 'has':
        return same(String(there));
      case 'ttl':
        return same(there ? (fresh.end === undefined ? 'no end' : String(fresh.end - at)) : 'nothing');
      case 'lookup': {
        const stale = !there && entry?.graced ? same(`stale ${entry.label}`) : [];
        return [...same(there ? `hit ${fresh.label}` : 'miss'), ...stale];
      }
      case 'set':
        return becomes('done', entryOf(call, at));
      case 'add':
        return there ? same('false') : becomes('true', entryOf(call, at));
      case 'getAndSet':
        return becomes(fresh?.label ?? 'nothing', entryOf(call, at));
      case 'getOrSet':
        return there ? same(fresh.label) : becomes(call.label, entryOf(call, at));
      case 'touch':
        return there ? becomes('true', { ...fresh, end: endOf(call.life, at) }) : same('false');
      case 'delete':
        // Where the record is gone, nobody can tell an entry that counted from one that did not.
        return [...becomes(String(there), undefined), ...(evicts ? becomes('true', undefined) : [])];
      case 'expire':
        return there ? becomes('true', fresh.graced ? { ...fresh, end: at } : undefined) : same('false');
      case 'clear':
        return [{ says: 'done', next: NOTHING }];
      case 'increment': {
        const sum = (counter?.sum ?? 0) + call.by;
        const end = counter?.end ?? at + COUNTER_MS;
        return [{ says: String(sum), next: { ...state, counter: { sum, end } } }];
      }
    }
  }

  return {
    initial: NOTHING,
    permits: (state, input) => alternatives(state, input.at).flatMap((one) => permits(one, input)),
    fingerprint: ({ entry, counter }) => {
      return `${entry?.label} ${entry?.end} ${entry?.graced} ${counter?.sum} ${counter?.end}`;
    },
  };
}

const NOTHING: CacheState = { entry: undefined, counter: undefined };

function entryOf({ label, life }: { label: string; life: Life }, at: number): Entry {
  return { label, end: endOf(life, at), graced: life.graceMs > 0 };
}

function endOf({ ttlMs }: Life, at: number): number | undefined {
  return ttlMs === null ? undefined : at + ttlMs;
}
