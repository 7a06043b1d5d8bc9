import { type Call, failed, type Outcome, ok, type PubSub, type Subscriber } from '@cache/core';
import { failureOf } from './failure.ts';
import type { RedisCommand } from './link.ts';
import { textOf } from './scan.ts';
import { PUBLISH, scriptCommand } from './script.ts';
import { Subscriptions, type SubscriptionsOptions } from './subscriptions.ts';

/**
 * How long the number of a channel is kept after the last message, ms. Then the next one names no number before it, which
 * whoever has heard earlier ones takes for a gap; so channels that nobody uses any more leave nothing behind.
 */
const NUMBER_LIFE_MS = 86_400_000;

const ESCAPES: Readonly<Record<string, string>> = { '%': '%25', '{': '%7B', '}': '%7D' };

export interface RedisPubSubOptions extends SubscriptionsOptions {
  readonly prefix: string;
}

/** Redis' publish and subscribe, numbered. */
export class RedisPubSub implements PubSub {
  readonly #options: RedisPubSubOptions;
  readonly #subscriptions: Subscriptions;

  constructor(options: RedisPubSubOptions) {
    this.#options = options;
    this.#subscriptions = new Subscriptions(options);
  }

  publish(channel: string, text: string, call: Call): Promise<Outcome<number>> {
    const name = this.#options.prefix + channel;
    const command = scriptCommand(PUBLISH, this.#keyOf(channel), name, text, String(NUMBER_LIFE_MS));
    return this.#run(command, call, true);
  }

  number(channel: string, call: Call): Promise<Outcome<number>> {
    return this.#run(['GET', this.#keyOf(channel)], call, false);
  }

  subscribe(channel: string, subscriber: Subscriber): () => Promise<void> {
    return this.#subscriptions.add(this.#options.prefix + channel, subscriber);
  }

  close(): Promise<void> {
    return this.#subscriptions.close();
  }

  /**
   * Where the number of a channel is: `{<channel>}b:`. A channel may hold a brace, open or not, so braces are escaped;
   * and the kind `b` is none of a cache's keys. On a cluster the node of this slot numbers and publishes to all.
   */
  #keyOf(channel: string): string {
    const name = channel.replace(/[%{}]/g, (char) => ESCAPES[char] ?? char);
    return `${this.#options.prefix}{${name}}b:`;
  }

  async #run(command: RedisCommand, call: Call, effect: boolean): Promise<Outcome<number>> {
    const answer = await this.#options.route.run([command], call, effect);
    if ('failure' in answer) return failed(answer.failure);
    const [reply] = answer.replies;
    if (reply instanceof Error) return failed(failureOf(reply, effect));
    return ok(reply === null ? 0 : Number(textOf(reply)));
  }
}
