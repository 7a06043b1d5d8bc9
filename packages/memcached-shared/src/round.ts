import { type Failure, failed, type Outcome } from '@cache/core';
import { connectionLost } from './failure.ts';
import type { Holder, Holds } from './holds.ts';
import type { MemcachedLink } from './link.ts';
import { type MemcachedReply, type MemcachedRequest, OPCODE } from './request.ts';
import { isOutcome, type Passer, type Plan, passerOf, type Step } from './step.ts';

interface Pending<T> {
  readonly index: number;
  readonly key: string;
  step: Step<T>;
  /** Where its requests begin among those under way; −1 = not sent. */
  at: number;
}

/**
 * A batch on one link. All items that can go leave in one piece; those that need another step leave together
 * again, until each has its outcome. Where a step may go on, later items of its key wait for it.
 */
export class Round<I extends { readonly key: string }, T> implements Holder {
  readonly outcomes: Outcome<T>[];
  /** Keys whose items may take more than one step, and who may pass by them at the moment. */
  readonly #held: Map<string, readonly Passer[]> = new Map();
  readonly #holds: Holds;
  readonly #onOver: (() => void)[] = [];
  readonly #link: MemcachedLink;
  #left: Pending<T>[] = [];
  #replies: (MemcachedReply | undefined)[] = [];
  /** The server answers in order: whatever was sent up to here is answered, if by silence. */
  #answered = -1;

  /** @param epoch names the link among all of this process */
  constructor(items: readonly I[], link: MemcachedLink, epoch: number, plan: Plan<I, T>, holds: Holds) {
    this.#link = link;
    this.#holds = holds;
    this.outcomes = new Array(items.length);
    items.forEach((item, index) => {
      const next = plan(item, epoch);
      if (isOutcome(next)) {
        this.outcomes[index] = next;
        return;
      }
      this.#left.push({ index, key: item.key, step: next, at: -1 });
      if (next.holds !== undefined) this.#held.set(item.key, this.#narrowed(item.key, next.holds));
    });
    for (const [key, lets] of this.#held) holds.enter(key, this, lets);
  }

  /** Resolves when every item has its outcome. */
  async run(): Promise<void> {
    while (this.#left.length > 0) {
      const whole = await this.#send();
      this.#settle();
      if (!whole) this.end((effect) => connectionLost(effect, this.#link.cause));
      else if (this.#left.length > 0) await this.#turn();
    }
    for (const [key, lets] of this.#held) this.#holds.leave(key, this, lets);
    for (const tell of this.#onOver) tell();
  }

  whenOver(): Promise<void> {
    return new Promise((resolve) => this.#onOver.push(resolve));
  }

  /** Gives every item that has no outcome a failure, and sends nothing more. */
  end(failure: (effect: boolean) => Failure): void {
    this.#settle();
    for (const { index, step, at } of this.#left) {
      this.outcomes[index] = step.otherwise ?? failed(failure(at >= 0 && step.effect));
    }
    this.#left = [];
  }

  #send(): Promise<boolean> {
    const requests: MemcachedRequest[] = [];
    const sent = new Map<string, readonly Passer[]>();
    for (const pending of this.#left) {
      const { key, step } = pending;
      if (this.#held.size > 0) {
        const lets = sent.get(key);
        const passer = passerOf(step);
        if (lets !== undefined && (passer === undefined || !lets.includes(passer))) {
          sent.set(key, []);
          continue;
        }
        if (step.holds !== undefined) sent.set(key, step.holds);
      }
      pending.at = requests.length;
      requests.push(...step.requests);
    }
    // The server must answer the last one, if only to say that nothing is there.
    const last = requests.at(-1);
    if (last?.opcode === OPCODE.getQuietly) requests[requests.length - 1] = { ...last, opcode: OPCODE.get };
    const replies = new Array<MemcachedReply | undefined>(requests.length).fill(undefined);
    this.#replies = replies;
    this.#answered = -1;
    return this.#link.send(requests, (index, reply) => {
      replies[index] = reply;
      requests[index]?.hear?.(reply);
      this.#answered = index;
    });
  }

  /** Takes the replies that are there: each makes an outcome or the next step. */
  #settle(): void {
    const left: Pending<T>[] = [];
    for (const pending of this.#left) {
      const { index, step, at } = pending;
      const end = at + step.requests.length;
      if (at < 0 || end - 1 > this.#answered) {
        left.push(pending);
        continue;
      }
      const next = step.next(this.#replies.slice(at, end));
      if (isOutcome(next)) this.outcomes[index] = next;
      else {
        this.#narrow(pending.key, next);
        left.push({ ...pending, step: next, at: -1 });
      }
    }
    this.#left = left;
    this.#answered = -1;
  }

  /** Further steps are taken in the order in which the calls began. */
  async #turn(): Promise<void> {
    await Promise.all(this.#left.map(({ key }) => this.#holds.turn(key, this)));
  }

  /** A further step lets fewer pass. */
  #narrow(key: string, { holds }: Step<T>): void {
    const lets = this.#held.get(key);
    if (holds === undefined || lets === undefined) return;
    const narrowed = this.#narrowed(key, holds);
    this.#holds.change(key, lets, narrowed);
    this.#held.set(key, narrowed);
  }

  #narrowed(key: string, holds: readonly Passer[]): readonly Passer[] {
    const already = this.#held.get(key);
    return already === undefined ? holds : holds.filter((passer) => already.includes(passer));
  }
}
