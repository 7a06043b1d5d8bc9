import type { Clock, Subscriber } from '@cache/core';
import { Ear } from './ear.ts';
import type { RedisCommand, RedisLink, RedisReply } from './link.ts';
import type { Route } from './route.ts';
import { textOf } from './scan.ts';

export interface SubscriptionsOptions {
  readonly route: Route;
  readonly clock: Clock;
  readonly beatMs: number;
  readonly troubled: (link: RedisLink, cause: unknown) => void;
}

/** A subscriber and whether he was told that he hears. */
interface Member {
  readonly subscriber: Subscriber;
  hears: boolean;
}

/**
 * All subscriptions of an adapter, over one connection, which is there while there are any. On a cluster it leads to some
 * master, since what is published reaches every node; to another one when that is troubled or no master any more.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #channels: Map<string, Set<Member>> = new Map();
  readonly #unwatch: () => void;
  readonly #leaving: Set<Promise<void>> = new Set();
  #ear: Ear | undefined;
  /** Whom the ear listens to. */
  #master: RedisLink | undefined;
  /** What the server has confirmed on the present connection. */
  #confirmed: Set<string> = new Set();
  #aligning: Promise<void> | undefined;
  #closed = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    this.#unwatch = options.route.watch(() => this.#choose(false));
  }

  /** Returns what ends it. */
  add(channel: string, subscriber: Subscriber): () => Promise<void> {
    if (this.#closed) return async () => undefined;
    const member = { subscriber, hears: false };
    const members = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, members.add(member));
    this.#choose(false);
    void this.#align();
    return async () => {
      members.delete(member);
      if (members.size > 0) return;
      if (this.#channels.get(channel) === members) this.#channels.delete(channel);
      if (this.#channels.size === 0) await this.#leave();
      else await this.#align();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    void this.#leave();
    this.#channels.clear();
    await Promise.all(this.#leaving);
  }

  /** @param anew whether another master is better than the present one */
  #choose(anew: boolean): void {
    if (this.#channels.size === 0) return;
    const masters = this.#options.route.masters();
    const stays = this.#master !== undefined && masters.includes(this.#master);
    if (stays && !anew) return;
    const others = masters.filter((master) => master !== this.#master);
    const able = others.filter(({ ready }) => ready);
    const next = able[Math.floor(Math.random() * able.length)] ?? (stays ? undefined : others[0]);
    if (next !== undefined) this.#listenTo(next);
  }

  #listenTo(master: RedisLink): void {
    void this.#leave();
    this.#master = master;
    const { clock, beatMs, troubled } = this.#options;
    const ear: Ear = new Ear({
      of: master,
      clock,
      beatMs,
      prepare: async (ask) => {
        const confirmed = new Set<string>();
        this.#confirmed = confirmed;
        while (this.#difference(confirmed).length > 0) await this.#confirm(confirmed, ask);
      },
      heard: (channel, message) => this.#heard(channel, message),
      opened: () => void this.#align(),
      lost: () => this.#lost(),
      troubled: (cause) => {
        troubled(master, cause);
        if (this.#ear === ear) this.#choose(true);
      },
    });
    this.#ear = ear;
  }

  async #leave(): Promise<void> {
    const ear = this.#ear;
    if (ear === undefined) return;
    this.#ear = undefined;
    this.#master = undefined;
    this.#lost();
    const left = ear.close();
    this.#leaving.add(left);
    await left;
    this.#leaving.delete(left);
  }

  /** Subscribes to what is wanted and no more, and tells those who hear from now on. */
  #align(): Promise<void> {
    this.#aligning ??= this.#alignNow();
    return this.#aligning;
  }

  async #alignNow(): Promise<void> {
    // Later than the call, since whoever subscribes is to have what ends it before he hears something.
    await undefined;
    const ear = this.#ear;
    const confirmed = this.#confirmed;
    try {
      while (ear?.isOpen && this.#ear === ear && this.#confirmed === confirmed) {
        this.#tell(confirmed);
        if (this.#difference(confirmed).length === 0) break;
        await this.#confirm(confirmed, (commands) => ear.ask(commands));
      }
    } catch (error) {
      // A new connection begins anew; what this one refuses it may take with its next connection.
      if (ear?.isOpen && this.#master !== undefined) this.#options.troubled(this.#master, error);
    } finally {
      // In one step with the last look: what is wanted from now on is the next one's.
      this.#aligning = undefined;
    }
  }

  async #confirm(
    confirmed: Set<string>,
    ask: (commands: readonly RedisCommand[]) => Promise<unknown>,
  ): Promise<void> {
    const commands = this.#difference(confirmed);
    // What is about to end is not heard any more.
    for (const [name, channel] of commands) if (name === 'unsubscribe') confirmed.delete(channel);
    await ask(commands);
    for (const [name, channel] of commands) if (name === 'subscribe') confirmed.add(channel);
  }

  #difference(confirmed: ReadonlySet<string>): [name: string, channel: string][] {
    const wanted = [...this.#channels.keys()].filter((channel) => !confirmed.has(channel));
    const unwanted = [...confirmed].filter((channel) => !this.#channels.has(channel));
    return [
      ...unwanted.map((channel): [string, string] => ['unsubscribe', channel]),
      ...wanted.map((channel): [string, string] => ['subscribe', channel]),
    ];
  }

  #tell(confirmed: ReadonlySet<string>): void {
    for (const [channel, members] of this.#channels) {
      if (!confirmed.has(channel)) continue;
      for (const member of members) {
        if (member.hears) continue;
        member.hears = true;
        guarded(() => member.subscriber.subscribed());
      }
    }
  }

  #lost(): void {
    for (const members of this.#channels.values()) {
      for (const member of members) {
        if (!member.hears) continue;
        member.hears = false;
        guarded(() => member.subscriber.lost());
      }
    }
  }

  /** `<previous> <number> <text>`; whatever looks different is none of ours. */
  #heard(channel: string, message: RedisReply): void {
    const members = this.#channels.get(channel);
    if (members === undefined || !(message instanceof Uint8Array)) return;
    const [, previous, number, text = ''] = /^(\d+) (\d+) ([\s\S]*)$/.exec(textOf(message)) ?? [];
    if (number === undefined) return;
    for (const { subscriber, hears } of members) {
      if (hears) guarded(() => subscriber.message(Number(previous), Number(number), text));
    }
  }
}

/** Whoever throws where he is told something must not end the driver's own work. */
export function guarded(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    process.emitWarning(`@cache/redis-shared: a subscriber threw: ${String(error)}`, 'CacheWarning');
  }
}
