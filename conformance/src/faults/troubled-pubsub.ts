import { type Failure, failed, memoryPubSub, type PubSub, type Subscriber } from '@cache/core';

/** A message on its way to one subscriber. */
export interface InTransit {
  readonly previous: number;
  readonly number: number;
  readonly text: string;
  deliver(): void;
}

const DOWN: Failure = { code: 'UNAVAILABLE', message: 'it is down', retryable: true, outcome: 'unknown' };

/** Publish and subscribe among the caches of this process, over which messages can be held, lost, repeated and reordered. */
export class TroubledPubSub implements PubSub {
  readonly #inner: PubSub = memoryPubSub();
  readonly #subscribers: Set<Subscriber> = new Set();
  /** Whether messages wait in `transit` instead of arriving. */
  held = false;
  /** Whether publications and questions fail. */
  down = false;
  readonly transit: InTransit[] = [];
  /** Those that were subscribed to. */
  readonly channels: string[] = [];
  /** How much lower the numbers of the server are than they were: it was restored from an old state. */
  regress = 0;

  async publish(
    channel: string,
    text: string,
    call: Parameters<PubSub['publish']>[2],
  ): Promise<Awaited<ReturnType<PubSub['publish']>>> {
    return this.down ? failed(DOWN) : await this.#inner.publish(channel, text, call);
  }

  async number(
    channel: string,
    call: Parameters<PubSub['number']>[1],
  ): Promise<Awaited<ReturnType<PubSub['number']>>> {
    if (this.down) return failed(DOWN);
    const outcome = await this.#inner.number(channel, call);
    return outcome.ok ? { ok: true, value: Math.max(0, outcome.value - this.regress) } : outcome;
  }

  subscribe(channel: string, subscriber: Subscriber): () => Promise<void> {
    this.#subscribers.add(subscriber);
    if (!this.channels.includes(channel)) this.channels.push(channel);
    const leave = this.#inner.subscribe(channel, {
      subscribed: () => subscriber.subscribed(),
      lost: () => subscriber.lost(),
      message: (previous, number, text) => {
        const deliver = (): void => subscriber.message(previous, number, text);
        if (this.held) this.transit.push({ previous, number, text, deliver });
        else deliver();
      },
    });
    return async () => {
      this.#subscribers.delete(subscriber);
      await leave();
    };
  }

  /** The connections of all subscribers break. */
  cut(): void {
    for (const subscriber of this.#subscribers) subscriber.lost();
  }

  /** All are subscribed again. */
  mend(): void {
    for (const subscriber of this.#subscribers) subscriber.subscribed();
  }
}
