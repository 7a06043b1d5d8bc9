import type { Bus } from '../contract/bus.ts';
import type { PubSub } from '../contract/facets.ts';
import { CacheError } from '../error.ts';
import { Channel } from './channel.ts';
import { type HeartbeatOptions, heartbeatSettings } from './heartbeat.ts';

/** What a channel is called, after the root of the keys. */
const SUFFIX = 'b:';

/**
 * A bus over publish and subscribe, whatever the adapter of the cache: a Redis can serve a cache over memcached. Whoever
 * changes something tells it afterwards, so a process that dies in between leaves the copies of others to `localTtl`.
 * @param server an adapter with the facet `pubsub`; it is not closed with the cache, unless it is the cache's own
 * @throws CacheError `INVALID_OPTION`
 */
export function pubsubBus(
  server: { readonly name: string; readonly pubsub: PubSub },
  options: HeartbeatOptions = {},
): Bus {
  const settings = heartbeatSettings(options);
  const { pubsub } = server;
  if (pubsub === undefined) {
    throw new CacheError('INVALID_OPTION', `pubsubBus: the adapter ${server.name} has no facet pubsub`);
  }
  return {
    name: `pubsub of ${server.name}`,
    silenceMs: settings.silenceMs,
    tells: 'after-change',
    join: (root, ear, clock) => new Channel(`${root}${SUFFIX}`, pubsub, ear, clock, settings),
  };
}
