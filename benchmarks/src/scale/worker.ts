// One process of a fleet that is measured. Its argument, as JSON: `Given`.
import { createCache, pubsubBus, trackingBus } from '@cache/core';
import { ioredisAdapter } from '@cache/ioredis';
import { memoryAdapter } from '@cache/memory';
import { userOf } from '../value.ts';
import { now, pause } from './info.ts';
import { seeded } from './seeded.ts';
import type { Workload } from './setup.ts';
import { Zipf } from './zipf.ts';

export interface Given {
  readonly url: string;
  readonly bus: 'tracking' | 'pubsub';
  readonly namespace: string;
  readonly seed: number;
  readonly workload: Workload;
}

/** Since it was told to count. */
export interface Seen {
  readonly messages: number;
  readonly reads: number;
  readonly changes: readonly { readonly key: string; readonly at: number }[];
  readonly heard: readonly { readonly key: string; readonly at: number }[];
}

const given = JSON.parse(process.argv[2] ?? '') as Given;
const { workload } = given;
const random = seeded(given.seed);
const zipf = new Zipf(workload.keys, workload.skew, random);
const adapter = ioredisAdapter({ url: given.url });
let seen = {
  messages: 0,
  reads: 0,
  changes: [] as { key: string; at: number }[],
  heard: [] as { key: string; at: number }[],
};

function hear(keys: readonly string[] | undefined): void {
  const at = now();
  seen.messages += 1;
  for (const key of keys ?? []) seen.heard.push({ key: key.slice(key.indexOf('}v:') + 3), at });
}

const bus =
  given.bus === 'tracking'
    ? trackingBus({
        name: adapter.name,
        tracking: {
          track: (prefix, tracker) =>
            adapter.tracking.track(prefix, {
              hearing: () => tracker.hearing(),
              lost: () => tracker.lost(),
              changed(keys) {
                tracker.changed(keys);
                hear(keys);
              },
            }),
        },
      })
    : pubsubBus({
        name: adapter.name,
        pubsub: {
          publish: (...args) => adapter.pubsub.publish(...args),
          number: (...args) => adapter.pubsub.number(...args),
          subscribe: (channel, subscriber) =>
            adapter.pubsub.subscribe(channel, {
              subscribed: () => subscriber.subscribed(),
              lost: () => subscriber.lost(),
              message(previous, number, text) {
                subscriber.message(previous, number, text);
                hear((JSON.parse(text) as string[]).slice(1));
              },
            }),
        },
      });

const cache = createCache({
  adapter,
  bus,
  namespace: given.namespace,
  local: memoryAdapter({ maxEntries: workload.localEntries }),
  ttl: workload.ttlMs,
  localTtl: workload.ttlMs,
  timeout: '5s',
});

async function read(key: number): Promise<void> {
  seen.reads += 1;
  await cache.getOrSet(`k${key}`, async () => {
    await pause(workload.loadMs);
    return userOf(key, 0);
  });
}

async function change(key: number): Promise<void> {
  const at = now();
  // Where nothing was there, a server that tracks has nothing to tell.
  if (await cache.delete(`k${key}`)) seen.changes.push({ key: `k${key}`, at });
}

/** Does something as often as is said, at random instants; those that a busy machine has missed at once. */
async function often(perSecond: number, run: (key: number) => Promise<void>): Promise<void> {
  let next = now();
  while (!isOver) {
    next -= (1000 * Math.log(1 - random())) / perSecond;
    if (next > now()) await pause(next - now());
    void run(zipf.draw()).catch(() => undefined);
  }
}

let isOver = false;
await cache.ready();
await pause(500);
// Until its local tier is what it will stay.
for (let reads = 5 * workload.localEntries; reads > 0; reads -= 1) await read(zipf.draw());
void often(workload.readsPerSecond, read);
void often(workload.changesPerSecond, change);
process.on('message', async (task: 'count' | 'stop') => {
  if (task === 'count') {
    seen = { messages: 0, reads: 0, changes: [], heard: [] };
    return;
  }
  process.send?.(seen satisfies Seen);
  isOver = true;
  await pause(100);
  await cache.close();
  process.disconnect();
});
process.send?.('ready');
