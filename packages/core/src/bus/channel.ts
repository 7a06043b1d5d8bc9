import { bytesToHex } from '@noble/hashes/utils.js';
import { answered } from '../cache/answered.ts';
import type { Clock } from '../clock.ts';
import type { Call } from '../contract/adapter.ts';
import type { BusLine, Ear } from '../contract/bus.ts';
import { CLOSED } from '../contract/call.ts';
import type { PubSub } from '../contract/facets.ts';
import { failed, type Outcome, ok } from '../contract/outcome.ts';
import { writeStamp } from '../identity.ts';
import { Heartbeat, type HeartbeatSettings } from './heartbeat.ts';
import { decodeMessage, encodeMessage } from './message.ts';

/** The numbers of a message: those of a channel only rise, and each message names the one before it. */
interface Numbers {
  readonly previous: number;
  readonly number: number;
}

/**
 * A line over publish and subscribe, which may lose, repeat and reorder messages. Each message carries its number and
 * the one before, so a gap shows with the next message, or with the heartbeat, which asks for the number. Whatever does
 * not follow on the last one starts anew: nothing that is held counts any more.
 */
export class Channel implements BusLine {
  readonly #name: string;
  readonly #me: string;
  readonly #pubsub: PubSub;
  readonly #ear: Ear;
  readonly #clock: Clock;
  readonly #settings: HeartbeatSettings;
  readonly #heartbeat: Heartbeat;
  readonly #leave: () => Promise<void>;
  /** The last message, undefined = not known since the subscription began. */
  #last: Numbers | undefined;
  /** What a heartbeat was told and was not heard yet. */
  #awaited: { readonly number: number; readonly askedAt: number } | undefined;
  #subscribed = false;
  #heardUntil: number = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(name: string, pubsub: PubSub, ear: Ear, clock: Clock, settings: HeartbeatSettings) {
    this.#name = name;
    this.#pubsub = pubsub;
    this.#ear = ear;
    this.#clock = clock;
    this.#settings = settings;
    const stamp = new Uint8Array(16);
    writeStamp(stamp);
    this.#me = bytesToHex(stamp);
    this.#leave = pubsub.subscribe(name, {
      subscribed: () => {
        this.#subscribed = true;
        this.#restart();
        void this.#ask();
      },
      lost: () => {
        this.#subscribed = false;
        this.#restart();
      },
      message: (previous, number, text) => this.#hear({ previous, number }, text),
    });
    this.#heartbeat = new Heartbeat(clock, settings.heartbeatMs, () => this.#ask());
  }

  get heardUntil(): number {
    return this.#heardUntil;
  }

  async tell(keys: readonly string[], call: Call): Promise<Outcome<void>> {
    if (this.#closed) return failed(CLOSED);
    const outcome = await this.#pubsub.publish(this.#name, encodeMessage({ from: this.#me, keys }), call);
    return outcome.ok ? ok(undefined) : outcome;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#heartbeat.stop();
    this.#restart();
    await this.#leave();
  }

  #hear(numbers: Numbers, text: string): void {
    const last = this.#last;
    // Before the first answer to the heartbeat nothing is held.
    if (last === undefined || this.#closed) return;
    if (numbers.number === last.number && numbers.previous === last.previous) return;
    this.#last = numbers;
    const message = decodeMessage(text);
    if (numbers.previous !== last.number || numbers.number <= last.number || message === undefined) {
      this.#ear.missed();
    } else if (message.from !== this.#me) this.#ear.changed(message.keys);
    const awaited = this.#awaited;
    if (awaited !== undefined && numbers.number >= awaited.number) this.#heard(awaited.askedAt);
  }

  /** Asks for the number of the channel: whoever has heard up to it has heard all that was told before the question. */
  async #ask(): Promise<void> {
    if (!this.#subscribed || this.#closed) return;
    const askedAt = this.#clock.monotonic();
    const before = this.#last;
    const waited = this.#awaited;
    const deadline = askedAt + this.#settings.silenceMs;
    const [outcome] = await answered(1, 'number', async () => [
      await this.#pubsub.number(this.#name, { deadline }),
    ]);
    if (!outcome?.ok || !this.#subscribed || this.#closed) return;
    const number = outcome.value;
    const last = this.#last;
    // What was awaited since the last heartbeat is lost.
    const isLost = waited !== undefined && waited === this.#awaited;
    if (before === undefined || last === undefined || number < before.number || isLost) {
      this.#last = { previous: Number.NaN, number };
      this.#ear.missed();
      this.#heard(askedAt);
    } else if (number <= last.number) this.#heard(askedAt);
    else this.#awaited = { number, askedAt };
  }

  #heard(instant: number): void {
    this.#awaited = undefined;
    this.#heardUntil = Math.max(this.#heardUntil, instant);
  }

  #restart(): void {
    this.#last = undefined;
    this.#awaited = undefined;
    this.#heardUntil = Number.NEGATIVE_INFINITY;
    this.#ear.missed();
  }
}
