import { type Call, type Clock, failed, type Outcome, type Subscriber, type Tracker } from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import type { Overrides } from '../kit/wrap.ts';
import { deadlineOf, type Network, troubleOf } from './network.ts';

/** What happens to connections; undefined = what was frozen goes on. */
export type LineEvent = 'lost' | 'ready' | undefined;

/** What listens over a network: it hears nothing while that is down, and late what was told while it was frozen. */
class Receiver {
  readonly #state: () => Network['state'];
  readonly #begun: () => void;
  readonly #lost: () => void;
  #waiting: (() => void)[] = [];
  #hears = false;
  #wanted = false;

  constructor(state: () => Network['state'], begun: () => void, lost: () => void) {
    this.#state = state;
    this.#begun = begun;
    this.#lost = lost;
  }

  begin(): void {
    this.#wanted = true;
    if (this.#state() === 'up') this.happened('ready');
  }

  take(tell: () => void): void {
    if (!this.#hears) return;
    if (this.#state() === 'up') tell();
    else this.#waiting.push(tell);
  }

  happened(event: LineEvent): void {
    if (event === 'ready' && this.#wanted && !this.#hears) {
      this.#hears = true;
      this.#begun();
    } else if (event === 'lost' && this.#hears) {
      this.#hears = false;
      this.#waiting = [];
      this.#lost();
    } else for (const tell of this.#waiting.splice(0)) tell();
  }
}

/** The facets pubsub and tracking of an adapter behind a network. */
export function overLine(
  { pubsub, tracking }: TestAdapter,
  state: () => Network['state'],
  receivers: Set<(event: LineEvent) => void>,
  clock: Clock,
): Overrides {
  const asked = async <T>(name: string, call: Call, go: () => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    const isRefused = call.signal?.aborted || call.deadline <= clock.monotonic();
    if (state() === 'up' || isRefused) return await go();
    const failure = troubleOf(state(), name);
    if (state() === 'frozen') await deadlineOf(call.deadline, clock);
    return failed(failure);
  };
  const received = <T extends { begun: () => void; lost: () => void }>(
    { begun, lost }: T,
    listen: (receiver: Receiver) => () => Promise<void>,
  ): (() => Promise<void>) => {
    const receiver = new Receiver(state, begun, lost);
    const happened = (event: LineEvent): void => receiver.happened(event);
    receivers.add(happened);
    const leave = listen(receiver);
    return async () => {
      receivers.delete(happened);
      await leave();
    };
  };
  return {
    ...(pubsub !== undefined && {
      pubsub: {
        publish: (channel, text, call) => asked('publish', call, () => pubsub.publish(channel, text, call)),
        number: (channel, call) => asked('number', call, () => pubsub.number(channel, call)),
        subscribe: (channel: string, subscriber: Subscriber) =>
          received({ begun: () => subscriber.subscribed(), lost: () => subscriber.lost() }, (receiver) =>
            pubsub.subscribe(channel, {
              subscribed: () => receiver.begin(),
              lost: () => undefined,
              message: (...message) => receiver.take(() => subscriber.message(...message)),
            }),
          ),
      },
    }),
    ...(tracking !== undefined && {
      tracking: {
        track(prefix: string, tracker: Tracker) {
          let confirm = async (_call: Call): Promise<Outcome<void>> => failed(troubleOf('down', 'confirm'));
          const close = received(
            { begun: () => tracker.hearing(), lost: () => tracker.lost() },
            (receiver) => {
              const tracked = tracking.track(prefix, {
                hearing: () => receiver.begin(),
                lost: () => undefined,
                changed: (keys) => receiver.take(() => tracker.changed(keys)),
              });
              confirm = (call) => asked('confirm', call, () => tracked.confirm(call));
              return () => tracked.close();
            },
          );
          return { confirm: (call) => confirm(call), close };
        },
      },
    }),
  };
}
