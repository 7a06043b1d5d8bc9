import type { Subscriber } from '@cache/core';
import { pause } from '../../../core/test/tiers/trouble.ts';

type Message = Parameters<Subscriber['message']>;

/** What is done to messages on their way. */
export type Treatment = 'held' | 'dropped' | 'doubled' | 'shuffled' | undefined;

/** The way of messages to one cache. */
export class TroubledLine {
  subscriber: Subscriber | undefined;
  rejoin: () => void = () => undefined;
  readonly #random: () => number;
  #treatment: Treatment;
  /** What waits for `treat`. */
  #held: (() => void)[] = [];
  /** Of the connection that there is: what came over another one is lost with it. */
  #connection = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** From now on. What was held arrives, in order. */
  treat(treatment: Treatment): void {
    this.#treatment = treatment;
    for (const arrive of this.#held.splice(0)) arrive();
  }

  cut(): void {
    this.#connection += 1;
    this.#held = [];
    this.subscriber?.lost();
  }

  /** What takes the messages of a new connection. */
  connect(): (...message: Message) => void {
    this.#connection += 1;
    const connection = this.#connection;
    return (...message) => {
      const arrive = (): void => {
        if (connection === this.#connection) this.subscriber?.message(...message);
      };
      void this.#carry(arrive);
    };
  }

  /** An answer comes the way of the messages, and as late. */
  async answer<T>(value: T): Promise<T> {
    if (this.#treatment === 'held') await new Promise<void>((resolve) => this.#held.push(resolve));
    return value;
  }

  async #carry(arrive: () => void): Promise<void> {
    if (this.#treatment === 'held') {
      this.#held.push(arrive);
      return;
    }
    if (this.#treatment === 'dropped' && this.#random() < 0.3) return;
    if (this.#treatment === 'shuffled') await pause(this.#random() * 20);
    arrive();
    if (this.#treatment !== 'doubled') return;
    await pause(this.#random() * 20);
    arrive();
  }
}
