import { type AnyAdapter, type Call, traitsOf } from '../contract/adapter.ts';
import type { Facets, FloatCounters, ScanMatch, ScanPage } from '../contract/facets.ts';
import { CacheError } from '../error.ts';
import { byteLength } from '../text/utf8.ts';

/** The least that the contract leaves for keys. */
const LEAST_KEY_BYTES = 128;

interface Keyed {
  readonly key: string;
}

/**
 * Puts a text before every key, channel and journal of an adapter: for servers that are shared with others, and for
 * rules of access by prefix.
 * @throws CacheError `INVALID_OPTION` where the text is empty or not well-formed, holds a brace, which would decide on
 * which node of a cluster all keys live, or leaves fewer than 128 bytes for keys
 */
export function prefix<const A extends AnyAdapter>(adapter: A, text: string): A {
  const bytes = byteLength(text);
  if (text.length === 0 || /[{}]/.test(text) || !text.isWellFormed()) {
    const message = 'prefix: the text must be well-formed Unicode, not empty, and hold neither { nor }';
    throw new CacheError('INVALID_OPTION', message);
  }
  const maxKeyBytes = adapter.limits.maxKeyBytes - bytes;
  if (maxKeyBytes < LEAST_KEY_BYTES) {
    const message = `prefix: ${bytes} bytes leave fewer than ${LEAST_KEY_BYTES} for keys; shorten it`;
    throw new CacheError('INVALID_OPTION', message);
  }
  const at = (key: string): string => text + key;
  const all = <I extends Keyed>(items: readonly I[]): I[] => {
    return items.map((item) => ({ ...item, key: at(item.key) }));
  };
  return {
    ...traitsOf(adapter),
    limits: { ...adapter.limits, maxKeyBytes },
    read: (keys: readonly string[], call: Call) => adapter.read(keys.map(at), call),
    write: (writes: Parameters<A['write']>[0], call: Call) => adapter.write(all(writes), call),
    remove: (removals: Parameters<A['remove']>[0], call: Call) => adapter.remove(all(removals), call),
    touch: (touches: Parameters<A['touch']>[0], call: Call) => adapter.touch(all(touches), call),
    close: () => adapter.close(),
    ...facetsOf(adapter, text, at, all),
  } as unknown as A;
}

function facetsOf(
  { sync, expiry, counters, scan, server, connection, journal, pubsub, tracking }: Partial<Facets<unknown>>,
  text: string,
  at: (key: string) => string,
  all: <I extends Keyed>(items: readonly I[]) => I[],
): Partial<Facets<unknown>> {
  return {
    ...(sync !== undefined && {
      sync: {
        get: (key) => sync.get(at(key)),
        set: (key, payload, ttlMs) => sync.set(at(key), payload, ttlMs),
        delete: (key) => sync.delete(at(key)),
        clear: () => sync.clear(),
      },
    }),
    ...(expiry !== undefined && {
      expiry: {
        readAndTouch: (touches, call) => expiry.readAndTouch(all(touches), call),
        remaining: (keys, call) => expiry.remaining(keys.map(at), call),
      },
    }),
    ...(counters !== undefined && {
      counters: {
        add: (additions, call) => counters.add(all(additions), call),
        ...('addFloat' in counters && {
          addFloat: (additions: Parameters<FloatCounters['addFloat']>[0], call: Call) =>
            (counters as FloatCounters).addFloat(all(additions), call),
        }),
      },
    }),
    ...(scan !== undefined && {
      scan: {
        page: async (match: ScanMatch, cursor: string | undefined, count: number, call: Call) => {
          const found = await scan.page({ ...match, prefix: at(match.prefix) }, cursor, count, call);
          return found.ok ? { ok: true, value: withoutPrefix(found.value, text) } : found;
        },
      },
    }),
    ...(server !== undefined && { server }),
    ...(connection !== undefined && { connection }),
    ...(journal !== undefined && { journal: { open: (name, options) => journal.open(at(name), options) } }),
    ...(pubsub !== undefined && {
      pubsub: {
        publish: (channel, message, call) => pubsub.publish(at(channel), message, call),
        number: (channel, call) => pubsub.number(at(channel), call),
        subscribe: (channel, subscriber) => pubsub.subscribe(at(channel), subscriber),
      },
    }),
    ...(tracking !== undefined && {
      tracking: {
        track: (root, tracker) =>
          tracking.track(at(root), {
            hearing: () => tracker.hearing(),
            lost: () => tracker.lost(),
            changed: (keys) => tracker.changed(keys?.map((key) => key.slice(text.length))),
          }),
      },
    }),
  };
}

function withoutPrefix({ keys, next }: ScanPage, text: string): ScanPage {
  return { keys: keys.map((key) => key.slice(text.length)), next };
}
