import { deepEqual, equal, ok } from 'node:assert/strict';
import { pubsubBus } from '@cache/core';
import { type InTransit, TroubledPubSub } from '../../faults/troubled-pubsub.ts';
import type { CacheBench, TestCache } from '../../kit/cache-bench.ts';
import { turns, until } from '../../kit/check.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { tiered } from '../../kit/tiers.ts';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const HEARTBEAT_MS = 20;
/** Far beyond what a busy machine makes of a heartbeat. */
const PATIENCE_MS = 5000;

/** What a process makes of the bus: whatever it may have missed, it does not serve. */
export const bus: readonly CacheRule[] = group('cache/bus', {
  gap: [
    'When a message was lost, the next one shows it, or the heartbeat does, and no copy serves any more.',
    async (bench) => {
      for (const shows of ['message', 'heartbeat'] as const) {
        const { one, two, pubsub } = await fleet(bench);
        await copied(one, two);
        pubsub.held = true;
        await one.set('a', 'new');
        pubsub.held = false;
        pubsub.transit.length = 0;
        equal(await two.get('a'), 'old', 'the rule is about what was lost');
        if (shows === 'message') await one.set('b', 'new');
        await until(PATIENCE_MS, 'the gap is noticed', async () => (await two.get('a')) === 'new');
      }
    },
  ],
  order: [
    'Messages in another order than they were told, or one lower than the last, let no copy serve that was made before.',
    async (bench) => {
      const { one, two, pubsub } = await fleet(bench);
      await copied(one, two);
      pubsub.held = true;
      await one.set('a', 'new');
      await one.set('b', 'new');
      pubsub.held = false;
      const [first, second] = ofTwo(pubsub);
      second.deliver();
      equal(await two.get('a'), 'new', 'after the later message alone');
      equal(await two.get('b'), 'new');
      await one.set('b', 'newer');
      first.deliver();
      equal(await two.get('b'), 'newer');
      await one.set('a', 'newest');
      equal(await two.get('a'), 'newest');
    },
  ],
  repeated: [
    'A message that is repeated changes nothing: the copies that were made since serve on.',
    async (bench) => {
      const { one, two, pubsub, trips } = await fleet(bench);
      await copied(one, two);
      pubsub.held = true;
      await one.set('a', 'new');
      pubsub.held = false;
      const [message] = pubsub.transit.splice(1) as [InTransit];
      message.deliver();
      equal(await two.get('a'), 'new');
      trips.begin();
      message.deliver();
      equal(await two.get('a'), 'new');
      equal(await two.get('b'), 'old');
      equal(trips.calls.join(), '');
    },
  ],
  echo: [
    'What a process has told itself drops none of its copies.',
    async (bench) => {
      const { one, two, pubsub, trips } = await fleet(bench);
      await copied(one, two);
      pubsub.held = true;
      await two.set('a', 'new');
      equal(await two.get('a'), 'new');
      pubsub.held = false;
      trips.begin();
      for (const message of pubsub.transit.splice(0)) message.deliver();
      deepEqual([await two.get('a'), await two.get('b')], ['new', 'old']);
      equal(trips.calls.join(), '');
    },
  ],
  deaf: [
    'While its subscription is interrupted a process serves no copy; afterwards it serves those alone that it made since.',
    async (bench) => {
      const { one, two, pubsub, trips } = await fleet(bench);
      await copied(one, two);
      pubsub.cut();
      pubsub.held = true;
      await one.set('a', 'new');
      equal(await two.get('a'), 'new');
      await one.set('a', 'newer');
      equal(await two.get('a'), 'newer', 'made while it was deaf');
      pubsub.held = false;
      pubsub.mend();
      await turns(5);
      equal(await two.get('a'), 'newer');
      trips.begin();
      equal(await two.get('a'), 'newer');
      equal(trips.calls.join(), '');
    },
  ],
  silence: [
    'While the bus answers no heartbeat, copies serve for its `silence` and no longer; when it answers again they do.',
    async (bench) => {
      const { one, two, pubsub, trips } = await fleet(bench, { heartbeat: '1m', silence: '3m' });
      await copied(one, two);
      pubsub.down = true;
      bench.clock.advance(170_000);
      trips.begin();
      equal(await two.get('a'), 'old');
      equal(trips.calls.join(), '');
      bench.clock.advance(20_000);
      equal(await two.get('a'), 'old');
      equal(trips.calls[0], 'read');
    },
  ],
  regress: [
    'When the number of the bus is lower than it was, as after a restart of its server, no copy serves that was made before.',
    async (bench) => {
      const { one, two, pubsub } = await fleet(bench);
      await copied(one, two);
      pubsub.held = true;
      await one.set('a', 'new');
      pubsub.transit.length = 0;
      // As many as were lost, and one more: what was there before is not known.
      pubsub.regress = 2;
      await until(PATIENCE_MS, 'the regress is noticed', async () => (await two.get('a')) === 'new');
    },
  ],
  strange: [
    'A message that is none of ours lets no copy serve.',
    async (bench) => {
      const { one, two, pubsub, trips } = await fleet(bench);
      const [channel = ''] = pubsub.channels;
      await copied(one, two);
      for (const text of ['', '{}', '[1]', '["x", 2]', 'null']) {
        equal(await two.get('a'), 'old');
        await pubsub.publish(channel, text, { deadline: Number.POSITIVE_INFINITY });
        trips.begin();
        equal(await two.get('a'), 'old');
        equal(trips.calls.join(), 'read', `after ${text}`);
      }
    },
  ],
});

interface Fleet {
  readonly one: TestCache;
  readonly two: TestCache;
  readonly pubsub: TroubledPubSub;
  /** The calls of the second. */
  readonly trips: RoundTrips;
}

async function fleet(
  bench: CacheBench,
  options: { readonly heartbeat: string; readonly silence: string } | undefined = undefined,
): Promise<Fleet> {
  const pubsub = new TroubledPubSub();
  const settings = options ?? { heartbeat: HEARTBEAT_MS, silence: '1h' };
  const trips = new RoundTrips(withParts(bench.adapter, {}));
  const make = (adapter = bench.adapter): TestCache =>
    bench.cache({ ...tiered(pubsubBus({ name: 'troubled', pubsub }, settings as never)), adapter });
  const one = make();
  const two = make(trips.adapter);
  await turns();
  return { one, two, pubsub, trips };
}

/** The second holds copies of `a` and `b`. */
async function copied(one: TestCache, two: TestCache): Promise<void> {
  await one.setMany(
    new Map([
      ['a', 'old'],
      ['b', 'old'],
    ]),
  );
  deepEqual(await two.getMany(['a', 'b']), ['old', 'old']);
}

/** The messages to the second cache: each has one on its way to either. */
function ofTwo(pubsub: TroubledPubSub): [InTransit, InTransit] {
  const [, first, , second] = pubsub.transit.splice(0);
  ok(first !== undefined && second !== undefined, 'two messages were told to two caches');
  return [first, second];
}
