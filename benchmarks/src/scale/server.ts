import type { Cost, FanCost } from './costs.ts';

/** Over how long the work of the processes that are not simulated one by one is averaged. */
const WINDOW_MS = 100;
/** How long a server sleeps until most of what it needs has left the caches of its processor. */
const COOL_MS = 1;

/**
 * A server with one thread: works off a queue in order. What the sample asks is in the queue itself; what all the others
 * ask meanwhile, `others` times as much, comes as a steady stream that leaves that much less of the processor.
 */
export class Server {
  commands = 0;
  messages = 0;
  bytes = 0;
  busyMs = 0;
  readonly #others: number;
  readonly #wakeMs: number;
  /** Their work, ms a ms. */
  #stream = 0;
  #backlogMs = 0;
  #idleMs = 0;
  #at = 0;
  #fan = { startsAt: Number.NEGATIVE_INFINITY, endsAt: 0 };

  constructor(others: number, wakeMs: number) {
    this.#others = others;
    this.#wakeMs = wakeMs;
  }

  /** When it is done. @param sampled whether all the others ask the like */
  take(now: number, cost: Cost, sampled: boolean): number {
    this.#goOn(now);
    const times = sampled ? 1 + this.#others : 1;
    this.commands += cost.count * times;
    this.bytes += cost.bytes * times;
    if (sampled) this.#stream += (this.#woken(cost.ms) * this.#others) / WINDOW_MS;
    // The mean wait before a server whose work is all alike (M/D/1).
    const wait = this.#stream < 1 ? (cost.ms * this.#stream) / (2 - 2 * this.#stream) : 0;
    return now + wait + this.#work(cost.ms);
  }

  /** Sends a message to each of so many: when to the first and to the last one. */
  fan(now: number, listeners: number, cost: FanCost): { readonly startsAt: number; readonly endsAt: number } {
    this.#goOn(now);
    const last = this.#fan;
    const joins = last.startsAt > now;
    const { ms, count, bytes } = joins ? cost.further : cost.alone;
    this.messages += listeners * count;
    this.bytes += listeners * bytes;
    const startsAt = joins ? last.startsAt : now + this.#backlogMs;
    const sentAt = now + this.#work(ms * listeners);
    this.#fan = { startsAt, endsAt: joins ? Math.max(last.endsAt, sentAt) : sentAt };
    return this.#fan;
  }

  /** How long its queue takes. */
  #work(ms: number): number {
    const work = this.#woken(ms);
    this.#idleMs = 0;
    this.busyMs += work;
    this.#backlogMs += work;
    return this.#backlogMs;
  }

  /** What finds the server asleep wakes it, and it cools down while it sleeps. */
  #woken(ms: number): number {
    // Others come so often, on average.
    const gapMs = this.#stream === 0 ? this.#idleMs : (ms * Math.max(0, 1 - this.#stream)) / this.#stream;
    const idleMs = Math.min(this.#idleMs, gapMs);
    return ms + this.#wakeMs * (1 - Math.exp(-idleMs / COOL_MS));
  }

  #goOn(now: number): void {
    const passed = now - this.#at;
    this.#at = now;
    this.#idleMs += Math.max(0, passed - this.#backlogMs);
    this.busyMs += this.#stream * passed;
    this.#backlogMs = Math.max(0, this.#backlogMs - passed * (1 - this.#stream));
    this.#stream *= Math.exp(-passed / WINDOW_MS);
  }
}
