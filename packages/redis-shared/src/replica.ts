import type { Call, Clock, ConnectionEvent } from '@cache/core';
import type { RedisCommand, RedisLink } from './link.ts';
import type { Answer } from './route.ts';
import { Session } from './session.ts';

/** How long one that has failed is left alone, ms. */
const REST_MS = 1000;

/** One server that only reads, and is behind. */
export class Replica {
  readonly #link: RedisLink;
  readonly #session: Session;
  readonly #clock: Clock;
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** How many calls it has not answered yet. */
  outstanding = 0;

  constructor(link: RedisLink, clock: Clock, heard: (event: ConnectionEvent) => void) {
    this.#link = link;
    this.#clock = clock;
    this.#session = new Session(link, clock);
    this.#session.on(heard);
  }

  get endpoint(): string {
    return this.#link.endpoint;
  }

  /** Whether a call would be handed over at once, and answered as far as is known. */
  get isUsable(): boolean {
    return this.#session.isUsable && this.#clock.monotonic() >= this.#restsUntil;
  }

  async run(commands: readonly RedisCommand[], call: Call): Promise<Answer> {
    this.outstanding += 1;
    const answer = await this.#session.run(commands, call, false);
    this.outstanding -= 1;
    return answer;
  }

  /** It is not to be asked for a while. */
  rest(): void {
    this.#restsUntil = this.#clock.monotonic() + REST_MS;
  }

  /** Nothing more is handed over. What it has is waited for. */
  close(): Promise<void> {
    return this.#session.close();
  }
}
