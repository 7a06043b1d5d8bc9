import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Outcome } from '@cache/core';
import type { Bench } from '../../kit/bench.ts';
import { failureOf, turns, until, within } from '../../kit/check.ts';
import { lastNumber, listen, publish, pubsubOf, withoutWarnings } from '../../kit/listening.ts';
import { type AdapterRule, group } from '../../rule.ts';

const DEADLINE_MS = 300;
/** What a busy machine may need beyond the deadline. */
const LATE_MS = 2500;

const TEXTS = ['', ' ', '1 2 3', 'two\r\nlines', '{"a":[1]}', 'ü 鍵 🔑', '\u0000', 'x'.repeat(100_000)];

export const pubsub: readonly AdapterRule[] = group('pubsub', {
  numbers: [
    'Whoever is subscribed hears what is published, in order, each message with its number and that of the one before; numbers rise, 0 stands for none, `publish` answers the number, and `number` the last one.',
    'pubsub',
    async (bench) => {
      const channel = bench.key('channel');
      equal(await lastNumber(bench, channel), 0);
      const [one, two] = [await listen(bench, channel), await listen(bench, channel)];
      const numbers: number[] = [0];
      for (const text of ['a', 'b', 'c']) {
        numbers.push(await publish(bench, channel, text));
        equal(await lastNumber(bench, channel), numbers.at(-1));
      }
      deepEqual(
        numbers,
        [...new Set(numbers)].sort((x, y) => x - y),
      );
      const expected = ['a', 'b', 'c'].map((text, i) => ({
        previous: numbers[i],
        number: numbers[i + 1],
        text,
      }));
      for (const listener of [one, two]) {
        await until(bench.patienceMs, 'three messages', () => listener.messages.length >= 3);
        deepEqual(listener.messages, expected);
      }
    },
  ],
  channels: [
    'A message is heard on its own channel alone, and any text arrives as it was: empty, long, of several lines and scripts.',
    'pubsub',
    async (bench) => {
      const channels = ['channel', '{channel', '{a}channel', 'chan*'].map((name) => bench.key(name));
      const listeners = await Promise.all(channels.map((channel) => listen(bench, channel)));
      for (const [index, channel] of channels.entries()) {
        for (const text of TEXTS) await publish(bench, channel, `${index}${text}`);
      }
      await publish(bench, channels[0] as string, '');
      for (const [index, listener] of listeners.entries()) {
        const expected = TEXTS.map((text) => `${index}${text}`);
        if (index === 0) expected.push('');
        await until(bench.patienceMs, 'all texts', () => listener.texts.length >= expected.length);
        deepEqual(listener.texts, expected);
      }
    },
  ],
  peer: [
    'Adapters of one server hear one another, and go on with one count.',
    'pubsub',
    'peer',
    async (bench) => {
      const other = await bench.other();
      const channel = bench.key('channel');
      const listeners = [await listen(bench, channel), await listen(other, channel)];
      const numbers = [0];
      for (const from of [bench, other, other, bench]) numbers.push(await publish(from, channel, 'x'));
      for (const listener of listeners) {
        await until(bench.patienceMs, 'four messages', () => listener.messages.length >= 4);
        deepEqual(
          listener.messages.map(({ previous, number }) => [previous, number]),
          [0, 1, 2, 3].map((i) => [numbers[i], numbers[i + 1]]),
        );
      }
      equal(await lastNumber(other, channel), await lastNumber(bench, channel));
    },
  ],
  leaves: [
    'Whoever has left hears nothing more, and others go on hearing; leaving twice does nothing, and who comes back hears again.',
    'pubsub',
    async (bench) => {
      const channel = bench.key('channel');
      const [gone, stays] = [await listen(bench, channel), await listen(bench, channel)];
      await gone.leave();
      await publish(bench, channel, 'a');
      await until(bench.patienceMs, 'a message', () => stays.texts.length > 0);
      await within(bench.patienceMs, 'leaving twice', gone.leave());
      await stays.leave();
      const back = await listen(bench, channel);
      await publish(bench, channel, 'b');
      await until(bench.patienceMs, 'a message', () => back.texts.length > 0);
      deepEqual([gone.texts, stays.texts, back.texts], [[], ['a'], ['b']]);
      deepEqual([gone.told, stays.told], [['subscribed'], ['subscribed']]);
    },
  ],
  cut: [
    'When connections are cut, `lost` is told and then `subscribed`, from which on messages are heard.',
    'pubsub',
    'cut',
    async (bench) => {
      const channel = bench.key('channel');
      const listener = await listen(bench, channel);
      await bench.opened.disrupt?.cut?.();
      await until(3 * bench.patienceMs, 'lost and subscribed', () => listener.told.length >= 3);
      deepEqual(listener.told, ['subscribed', 'lost', 'subscribed']);
      await reached(bench);
      await publish(bench, channel, 'after');
      await until(bench.patienceMs, 'a message', () => listener.texts.length > 0);
      deepEqual(listener.texts, ['after']);
    },
  ],
  down: [
    'While the server cannot be reached, `lost` is told and nothing is heard; what was published then is missed, and the next message shows it by its number before.',
    'pubsub',
    'down',
    'peer',
    async (bench) => {
      const other = await bench.other();
      const channel = bench.key('channel');
      const listener = await listen(bench, channel);
      await publish(other, channel, 'before');
      await until(bench.patienceMs, 'a message', () => listener.texts.length > 0);
      let missed = 0;
      await bench.opened.disrupt?.down?.();
      try {
        await until(3 * bench.patienceMs, 'lost', () => listener.told.length > 1);
        missed = await publish(other, channel, 'missed');
      } finally {
        await bench.opened.disrupt?.up?.();
      }
      await until(3 * bench.patienceMs, 'subscribed again', () => listener.told.length > 2);
      await publish(other, channel, 'after');
      await until(bench.patienceMs, 'a message', () => listener.texts.length > 1);
      deepEqual(listener.told, ['subscribed', 'lost', 'subscribed']);
      deepEqual(listener.texts, ['before', 'after']);
      equal(listener.messages[1]?.previous, missed);
    },
  ],
  frozen: [
    'While the server answers nothing, `publish` and `number` settle by their deadline, with a failure that says what became of the effect.',
    'pubsub',
    'freeze',
    async (bench) => {
      const channel = bench.key('channel');
      await lastNumber(bench, channel);
      await bench.opened.disrupt?.freeze?.();
      try {
        const call = { deadline: bench.deadline(DEADLINE_MS) };
        for (const [name, answer] of both(bench, channel, call)) {
          const { code, outcome } = failureOf(await within(DEADLINE_MS + LATE_MS, name, answer), name);
          ok(code === 'TIMEOUT' || code === 'UNAVAILABLE', `${name} failed with ${code}`);
          if (name === 'number') equal(outcome, 'not-applied');
          else ok(outcome !== 'applied', 'it says that it was published');
        }
      } finally {
        await bench.opened.disrupt?.thaw?.();
      }
    },
  ],
  refuses: [
    'A call of `publish` or `number` that was aborted before answers ABORTED, one that is late TIMEOUT, one after `close` CLOSED; nothing is published, and after `close` nothing is heard.',
    'pubsub',
    async (bench) => {
      const channel = bench.key('channel');
      const listener = await listen(bench, channel);
      const refused = async (code: string, call: ReturnType<Bench['call']>): Promise<void> => {
        for (const [name, answer] of both(bench, channel, call)) {
          const failure = failureOf(await within(bench.patienceMs, name, answer), name);
          deepEqual([failure.code, failure.outcome], [code, 'not-applied'], name);
        }
      };
      await refused('ABORTED', bench.call(AbortSignal.abort()));
      await refused('TIMEOUT', { deadline: bench.deadline(-1) });
      equal(await lastNumber(bench, channel), 0);
      await bench.adapter.close();
      await refused('CLOSED', bench.call());
      await within(bench.patienceMs, 'leaving after close', listener.leave());
      const late = pubsubOf(bench.adapter).subscribe(channel, listener);
      await turns(3);
      await within(bench.patienceMs, 'leaving after close', late());
      deepEqual(
        [listener.texts, listener.told.filter((told) => told === 'subscribed')],
        [[], ['subscribed']],
      );
    },
  ],
  throws: [
    'A subscriber that throws harms nobody: others hear, and calls succeed.',
    'pubsub',
    (bench) =>
      withoutWarnings(async () => {
        const channel = bench.key('channel');
        const fail = (): never => {
          throw new Error('of a subscriber');
        };
        pubsubOf(bench.adapter).subscribe(channel, { subscribed: fail, lost: fail, message: fail });
        const listener = await listen(bench, channel);
        for (const text of ['a', 'b']) await publish(bench, channel, text);
        await until(bench.patienceMs, 'two messages', () => listener.texts.length >= 2);
        deepEqual(listener.texts, ['a', 'b']);
        await turns();
      }),
  ],
});

function both(
  { adapter }: Bench,
  channel: string,
  call: ReturnType<Bench['call']>,
): [name: string, answer: Promise<Outcome<number>>][] {
  const facet = pubsubOf(adapter);
  return [
    ['publish', facet.publish(channel, 'text', call)],
    ['number', facet.number(channel, call)],
  ];
}

/** Waits until calls succeed again. */
async function reached(bench: Bench): Promise<void> {
  await until(3 * bench.patienceMs, 'a call succeeds again', async () => {
    const [outcome] = await bench.adapter.read([bench.key()], { deadline: bench.deadline(1000) });
    return outcome?.ok === true;
  });
}
