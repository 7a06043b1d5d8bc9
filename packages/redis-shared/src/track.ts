import {
  type Call,
  CLOSED,
  type Clock,
  type Failure,
  failed,
  type Outcome,
  ok,
  type Tracked,
  type Tracker,
} from '@cache/core';
import { type Ask, Ear } from './ear.ts';
import type { RedisLink, RedisReply } from './link.ts';
import type { Route } from './route.ts';
import { textOf } from './scan.ts';
import { guarded } from './subscriptions.ts';

export interface TrackOptions {
  readonly route: Route;
  readonly clock: Clock;
  readonly beatMs: number;
  /** The adapter's, which those who track do not see. */
  readonly prefix: string;
  readonly troubled: (link: RedisLink, cause: unknown) => void;
}

/** What listens to one master. */
interface Post {
  readonly ear: Ear;
  /** What the server calls the connection, for as long as it hears. */
  name: string | undefined;
}

const CHANNEL = '__redis__:invalidate';

const DEAF: Failure = {
  code: 'UNAVAILABLE',
  message: 'what is read from is not listened to at present',
  retryable: true,
  outcome: 'not-applied',
};

/**
 * CLIENT TRACKING in broadcast mode: one connection to each master, which is told of every change of a key with a prefix.
 * Each tracks for itself (REDIRECT to its own id), so there is no second connection that could die unnoticed: if it
 * answers, it has heard everything.
 */
export class Track implements Tracked {
  readonly #options: TrackOptions;
  readonly #prefix: string;
  readonly #tracker: Tracker;
  readonly #unwatch: () => void;
  readonly #posts: Map<RedisLink, Post> = new Map();
  readonly #leaving: Set<Promise<void>> = new Set();
  #hears = false;
  #closed = false;

  constructor(prefix: string, tracker: Tracker, options: TrackOptions) {
    this.#options = options;
    this.#prefix = options.prefix + prefix;
    this.#tracker = tracker;
    this.#unwatch = options.route.watch(() => this.#align());
    // Whoever tracks hears nothing before he has what ends it.
    queueMicrotask(() => this.#align());
  }

  /**
   * Asks every connection, and over the connections that reads go through asks for them by name: so it is certain that
   * what is listened to is what is read from, also after a failover of which the two hear one after the other.
   */
  async confirm(call: Call): Promise<Outcome<void>> {
    if (this.#closed) return failed(CLOSED);
    const posts = [...this.#posts.values()];
    const names = posts.flatMap(({ name }) => name ?? []);
    if (!this.#hears || names.length < posts.length) return failed(DEAF);
    const ids = names.map((name) => fieldOf(name, 'id'));
    const [told, ...pongs] = await Promise.all([
      this.#options.route.everywhere(['CLIENT', 'LIST', 'ID', ...ids], call),
      ...posts.map(({ ear }) => ear.ping(call)),
    ]);
    const failure = [...told, ...pongs].find((outcome) => !outcome.ok);
    if (failure?.ok === false) {
      // What the server does not permit would otherwise be told to nobody.
      const [master] = this.#posts.keys();
      if (failure.error.code === 'SERVER' && master !== undefined) {
        this.#options.troubled(master, failure.error.cause);
      }
      return failure;
    }
    const found = told.map((one) => (one.ok ? namesIn(one.value.reply) : []));
    const isSame = found.every((some) => some.some((name) => names.includes(name)));
    const isStill = this.#hears && posts.every(({ name }, index) => name === names[index]);
    return isSame && found.length === posts.length && isStill ? ok(undefined) : failed(DEAF);
  }

  /** Ends with the adapter, which its tracker does not know of. */
  end(): Promise<void> {
    this.#lost();
    return this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#hears = false;
    this.#unwatch();
    for (const master of [...this.#posts.keys()]) this.#leave(master);
    await Promise.all(this.#leaving);
  }

  /** Listens to all masters and to nobody else. */
  #align(): void {
    if (this.#closed) return;
    const masters = this.#options.route.masters();
    const gone = [...this.#posts.keys()].filter((master) => !masters.includes(master));
    // What a master had not told yet when it was left is missed.
    if (gone.length > 0) this.#lost();
    for (const master of gone) this.#leave(master);
    for (const master of masters) if (!this.#posts.has(master)) this.#listenTo(master);
    this.#judge();
  }

  #listenTo(master: RedisLink): void {
    const { clock, beatMs, troubled } = this.#options;
    const ear = new Ear({
      of: master,
      clock,
      beatMs,
      prepare: async (ask) => {
        post.name = undefined;
        post.name = await this.#begin(ask);
      },
      heard: (_channel, keys) => this.#heard(keys),
      opened: () => this.#judge(),
      lost: () => {
        post.name = undefined;
        this.#judge();
      },
      troubled: (cause) => troubled(master, cause),
    });
    const post: Post = { ear, name: undefined };
    this.#posts.set(master, post);
  }

  /** Its name. */
  async #begin(ask: Ask): Promise<string> {
    const [info] = await ask([['CLIENT', 'INFO']]);
    const [name = ''] = namesIn(info);
    await ask([
      // What is on refuses a prefix that it has.
      ['CLIENT', 'TRACKING', 'OFF'],
      ['CLIENT', 'TRACKING', 'ON', 'REDIRECT', fieldOf(name, 'id'), 'BCAST', 'PREFIX', this.#prefix],
    ]);
    await ask([['subscribe', CHANNEL]]);
    return name;
  }

  #leave(master: RedisLink): void {
    const left = this.#posts.get(master)?.ear.close();
    this.#posts.delete(master);
    if (left === undefined) return;
    this.#leaving.add(left);
    void left.then(() => this.#leaving.delete(left));
  }

  #judge(): void {
    const posts = [...this.#posts.values()];
    if (posts.length === 0 || posts.some(({ ear }) => !ear.isOpen)) this.#lost();
    else if (!this.#hears) {
      this.#hears = true;
      guarded(() => this.#tracker.hearing());
    }
  }

  #lost(): void {
    if (!this.#hears) return;
    this.#hears = false;
    guarded(() => this.#tracker.lost());
  }

  /** @param keys null = all may have been changed */
  #heard(keys: RedisReply): void {
    if (!this.#hears) return;
    const { length } = this.#options.prefix;
    const changed = Array.isArray(keys)
      ? (keys as readonly RedisReply[]).map((key) => textOf(key).slice(length))
      : undefined;
    guarded(() => this.#tracker.changed(changed));
  }
}

/** What CLIENT INFO and CLIENT LIST call connections: id and both addresses, which no two have in common. */
function namesIn(reply: RedisReply): string[] {
  const lines = textOf(reply)
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) =>
    ['id', 'addr', 'laddr'].map((name) => `${name}=${fieldOf(line, name)}`).join(' '),
  );
}

/** Of a line `name=value name=value`. */
function fieldOf(line: string, name: string): string {
  const field = line.split(' ').find((one) => one.startsWith(`${name}=`));
  return field?.slice(name.length + 1) ?? '';
}
