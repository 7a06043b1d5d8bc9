import { type Call, ok, type PubSub, type Subscriber } from '@cache/core';
import { withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant, type Sound } from './mutant.ts';

/** Defects of the facet pubsub. */
export const publishing: readonly Mutant[] = [
  broken('published-unnumbered', 'Every message says that it is the first.', ['pubsub/numbers'], (sound) => ({
    subscribe: heard(sound, (subscriber) => ({
      message: (_previous, number, text) => subscriber.message(0, number, text),
    })),
  })),
  broken('published-number-forgotten', 'The last number is always 0.', ['pubsub/numbers'], () => ({
    number: async () => ok(0),
  })),
  broken('channels-by-letters', 'A channel is its letters.', ['pubsub/channels'], ({ pubsub }) => {
    const letters = (channel: string): string => channel.replace(/\W|\d+$/g, '');
    return {
      publish: (channel, text, call) => pubsub.publish(letters(channel), text, call),
      number: (channel, call) => pubsub.number(letters(channel), call),
      subscribe: (channel, subscriber) => pubsub.subscribe(letters(channel), subscriber),
    };
  }),
  broken('published-lines', 'A message ends with its first line.', ['pubsub/channels'], (sound) => ({
    subscribe: heard(sound, (subscriber) => ({
      message: (previous, number, text) => subscriber.message(previous, number, text.split('\r\n')[0] ?? ''),
    })),
  })),
  broken('published-to-own', 'Only what this adapter published is heard.', ['pubsub/peer'], (sound) => {
    let own = false;
    return {
      async publish(channel, text, call) {
        own = true;
        const answer = sound.pubsub.publish(channel, text, call);
        own = false;
        return await answer;
      },
      subscribe: heard(sound, (subscriber) => ({
        message: (...message) => own && subscriber.message(...message),
      })),
    };
  }),
  broken('never-left', 'Whoever leaves is told on.', ['pubsub/leaves'], ({ pubsub }) => ({
    subscribe(channel, subscriber) {
      pubsub.subscribe(channel, subscriber);
      return async () => undefined;
    },
  })),
  broken(
    'all-leave',
    'With one subscriber all others of the channel leave.',
    ['pubsub/leaves'],
    ({ pubsub }) => {
      const leaving: (() => Promise<void>)[] = [];
      return {
        subscribe(channel, subscriber) {
          leaving.push(pubsub.subscribe(channel, subscriber));
          return async () => {
            await Promise.all(leaving.splice(0).map((leave) => leave()));
          };
        },
      };
    },
  ),
  broken(
    'loss-untold',
    'Nobody is told that a connection was lost and came back.',
    ['pubsub/cut', 'pubsub/down'],
    (sound) => ({
      subscribe: heard(sound, (subscriber) => {
        let told = false;
        return {
          lost: () => undefined,
          subscribed: () => {
            if (!told) subscriber.subscribed();
            told = true;
          },
        };
      }),
    }),
  ),
  broken(
    'deaf-for-good',
    'After a connection was lost nothing is heard any more.',
    ['pubsub/cut', 'pubsub/down'],
    (sound) => ({
      subscribe: heard(sound, (subscriber) => {
        let deaf = false;
        return {
          lost: () => {
            deaf = true;
            subscriber.lost();
          },
          message: (...message) => deaf || subscriber.message(...message),
        };
      }),
    }),
  ),
  broken('publish-hangs', 'A frozen server is waited for, deadline or not.', ['pubsub/frozen'], (sound) => ({
    publish: (channel, text, call) =>
      sound.network.state === 'frozen' ? new Promise(() => {}) : sound.pubsub.publish(channel, text, call),
  })),
  broken(
    'publish-surely',
    'What a frozen server was told is said to be published.',
    ['pubsub/frozen'],
    (sound) => ({
      async publish(channel, text, call) {
        const answer = await sound.pubsub.publish(channel, text, call);
        return answer.ok ? answer : { ok: false, error: { ...answer.error, outcome: 'applied' } };
      },
    }),
  ),
  broken('publish-anyway', 'Deadline and signal are not looked at.', ['pubsub/refuses'], ({ pubsub }) => {
    const never: Call = { deadline: Number.POSITIVE_INFINITY };
    return {
      publish: (channel, text) => pubsub.publish(channel, text, never),
      number: (channel) => pubsub.number(channel, never),
    };
  }),
  broken('publish-stops', 'Whoever throws ends what is told to others.', ['pubsub/throws'], (sound) => {
    let thrown = false;
    return {
      subscribe: heard(sound, (subscriber) => ({
        message(...message) {
          if (thrown) return;
          try {
            subscriber.message(...message);
          } catch {
            thrown = true;
          }
        },
      })),
    };
  }),
];

interface Sounding extends Sound {
  readonly pubsub: PubSub;
}

function broken(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (sound: Sounding) => Partial<PubSub>,
): Mutant {
  return adapterMutant(name, does, caughtBy, (sound) => {
    const pubsub = sound.adapter.pubsub as PubSub;
    return withParts(sound.adapter, { pubsub: { ...pubsub, ...change({ ...sound, pubsub }) } });
  });
}

/** `subscribe` with other ears. */
function heard(
  { pubsub }: Sounding,
  change: (subscriber: Subscriber) => {
    [M in keyof Subscriber]?: (...args: Parameters<Subscriber[M]>) => unknown;
  },
): PubSub['subscribe'] {
  return (channel, subscriber) => {
    const changed = change(subscriber);
    return pubsub.subscribe(channel, {
      subscribed: () => void (changed.subscribed ?? (() => subscriber.subscribed()))(),
      lost: () => void (changed.lost ?? (() => subscriber.lost()))(),
      message: (...message) =>
        void (changed.message ?? ((...same: typeof message) => subscriber.message(...same)))(...message),
    });
  };
}
