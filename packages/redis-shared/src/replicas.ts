import { type Call, type Clock, type ConnectionEvent, type Failure, refusalOf } from '@cache/core';
import { failureOf, withoutArguments } from './failure.ts';
import type { RedisCommand, RedisReply } from './link.ts';
import type { Part } from './parts.ts';
import type { Replica } from './replica.ts';
import type { ReplicaSource } from './replica-source.ts';
import type { Answer, Route } from './route.ts';
import { RouteFailure } from './route-failure.ts';
import { tell } from './session.ts';

/** The share of the time that is left which a replica may take: the rest is for the primary. */
const SHARE = 0.5;

/**
 * Reads that may lag. Each goes to the replica that has the fewest calls to answer, in turn where several have, as long
 * as one is connected; else, and where it fails, to the primary.
 */
export class Replicas {
  readonly #route: Route;
  readonly #clock: Clock;
  readonly #source: ReplicaSource;
  readonly #listeners: Set<(event: ConnectionEvent) => void> = new Set();
  #turn = 0;
  #closed = false;

  /** @param sourceOf finds them, and tells of their connections */
  constructor(
    route: Route,
    clock: Clock,
    sourceOf: (heard: (event: ConnectionEvent) => void) => ReplicaSource,
  ) {
    this.#route = route;
    this.#clock = clock;
    this.#source = sourceOf((event) => this.#tell(event));
  }

  on(listener: (event: ConnectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As that of a route, for commands that only read. */
  async run(commands: readonly RedisCommand[], call: Call): Promise<Answer> {
    const refusal = refusalOf(call, this.#clock, this.#closed);
    if (refusal !== undefined) return { failure: refusal };
    const replies = new Array<RedisReply>(commands.length);
    const shares = new Map<Replica, Part[]>();
    const others: Part[] = [];
    commands.forEach((command, index) => {
      const settle = (reply: RedisReply): void => {
        replies[index] = reply;
      };
      for (const part of this.#source.parts(command, settle)) {
        const replica = this.#choose(part, shares);
        const share = replica === undefined ? others : shares.get(replica);
        if (share !== undefined) share.push(part);
        else if (replica !== undefined) shares.set(replica, [part]);
      }
    });
    const asking = Array.from(shares, ([replica, parts]) => this.#ask(replica, parts, call));
    await Promise.all([...asking, this.#askPrimary(others, call)]);
    return { replies };
  }

  /** Settles what is under way, and closes all connections. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#source.close();
    this.#listeners.clear();
  }

  /** One that is asked already by this call, so that it is one message a node, or the least busy. */
  #choose(part: Part, shares: ReadonlyMap<Replica, unknown>): Replica | undefined {
    const usable = this.#source.of(part).filter(({ isUsable }) => isUsable);
    const asked = usable.find((replica) => shares.has(replica));
    if (asked !== undefined || usable.length <= 1) return asked ?? usable[0];
    const least = Math.min(...usable.map(({ outstanding }) => outstanding));
    const idlest = usable.filter(({ outstanding }) => outstanding === least);
    this.#turn += 1;
    return idlest[this.#turn % idlest.length];
  }

  async #ask(replica: Replica, parts: readonly Part[], call: Call): Promise<void> {
    const now = this.#clock.monotonic();
    const deadline = now + (call.deadline - now) * SHARE;
    const answer = await replica.run(
      parts.map(({ command }) => command),
      { ...call, deadline },
    );
    if ('failure' in answer) {
      this.#failed(replica, answer.failure);
      await this.#askPrimary(parts, call);
      return;
    }
    const refused: Part[] = [];
    let cause: Error | undefined;
    for (const [index, part] of parts.entries()) {
      const reply = answer.replies[index];
      if (reply instanceof Error) {
        cause ??= reply;
        refused.push(part);
      } else part.settle(reply);
    }
    if (cause === undefined) return;
    this.#failed(replica, failureOf(cause, false));
    await this.#askPrimary(refused, call);
  }

  #failed(replica: Replica, { code, message, cause }: Failure): void {
    // The caller's wish, or our own: it is not to blame.
    if (code === 'ABORTED' || code === 'CLOSED') return;
    replica.rest();
    this.#source.failed();
    // Of a connection that was lost it is told already.
    if (code === 'UNAVAILABLE') return;
    const { endpoint } = replica;
    this.#tell({ kind: 'error', endpoint, cause: new Error(message, { cause: withoutArguments(cause) }) });
  }

  async #askPrimary(parts: readonly Part[], call: Call): Promise<void> {
    if (parts.length === 0) return;
    const answer = await this.#route.run(
      parts.map(({ command }) => command),
      call,
      false,
    );
    for (const [index, part] of parts.entries()) {
      part.settle('failure' in answer ? new RouteFailure(answer.failure) : answer.replies[index]);
    }
  }

  #tell(event: ConnectionEvent): void {
    for (const listener of this.#listeners) tell(listener, event);
  }
}
