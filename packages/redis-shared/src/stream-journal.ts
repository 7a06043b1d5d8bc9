import { randomUUID } from 'node:crypto';
import {
  CacheError,
  type Call,
  type Clock,
  type Failure,
  type Journal,
  type JournalOptions,
  type JournalRecord,
  parseDuration,
  type Tenure,
  type Timer,
} from '@cache/core';
import { failureOf } from './failure.ts';
import {
  ACKNOWLEDGE,
  APPEND,
  CLAIM,
  type JournalKeys,
  journalCommand,
  READ,
  RELEASE,
  RENEW,
} from './journal-script.ts';
import type { RedisCommand, RedisReply } from './link.ts';
import { fieldsOf } from './report.ts';
import type { Route } from './route.ts';
import { textOf } from './scan.ts';

export interface StreamJournalOptions extends JournalOptions {
  readonly route: Route;
  readonly prefix: string;
  readonly name: string;
  readonly clock: Clock;
}

const LEASE_MS = 15_000;
/** How often a lease is renewed within its length, so that some renewals may fail. */
const RENEWALS = 3;
/** Most that one call may take. */
const CALL_MS = 5000;
/** Most that giving a tenure up may take: it saves others a wait, and must not be one for whoever closes. */
const RELEASE_MS = 1000;

/**
 * A journal in a Redis stream. One tenure at a time: each has a fence of its own, without which the server takes and
 * gives nothing, so that whoever was frozen past the end of his cannot append, nor forget what others have to apply.
 */
export class StreamJournal implements Journal {
  readonly name: string;
  /** Beyond the death of this process: what the server keeps. */
  readonly keeps = 'process' as const;
  readonly #route: Route;
  readonly #clock: Clock;
  readonly #keys: JournalKeys;
  readonly #leaseMs: number;
  readonly #token: string = randomUUID();
  #fence: string | undefined;
  #lost: AbortController = new AbortController();
  #renewal: Timer | undefined;
  #closed = false;

  /** @throws CacheError `INVALID_OPTION` or `INVALID_TTL` */
  constructor({ route, prefix, name, clock, lease }: StreamJournalOptions) {
    if (typeof name !== 'string' || name === '' || /[{}]/.test(name)) {
      throw new CacheError('INVALID_OPTION', 'journal: its name must be text without braces');
    }
    // The kind `j` is none of a cache's keys, so that the name may be a namespace's, too.
    const start = `${prefix}{${name}}j:`;
    this.name = name;
    this.#route = route;
    this.#clock = clock;
    this.#keys = { log: `${start}log`, last: `${start}last`, holder: `${start}holder` };
    this.#leaseMs = lease === undefined ? LEASE_MS : parseDuration(lease, 'lease');
  }

  async claim(): Promise<Tenure> {
    if (this.#closed) throw closed('claim');
    await this.#checkPolicy();
    const sentAt = this.#clock.monotonic();
    const reply = await this.#run('claim', CLAIM, this.#token, String(this.#leaseMs));
    if (reply === null) {
      const message = `claim: another process drains the journal '${this.name}'`;
      throw new CacheError('BUSY', message, { operation: 'claim', retryable: true });
    }
    this.#end();
    this.#lost = new AbortController();
    this.#fence = textOf(reply);
    this.#renewLater(this.#fence, sentAt + this.#leaseMs);
    return { fence: Number(this.#fence), lost: this.#lost.signal };
  }

  async append(records: readonly Uint8Array[]): Promise<readonly number[]> {
    if (records.length === 0) return [];
    try {
      const first = Number(textOf(await this.#own('append', APPEND, ...records)));
      return records.map((_, index) => first + index);
    } catch (error) {
      // The server may have it: the next tenure will see.
      if (error instanceof CacheError && error.outcome === 'unknown') this.#end();
      throw error;
    }
  }

  async read(after: number, most: number): Promise<readonly JournalRecord[]> {
    const reply = await this.#own('read', READ, `${after + 1}-0`, String(most));
    return (reply as readonly RedisReply[]).map((entry) => {
      const [id, fields] = entry as readonly [RedisReply, readonly RedisReply[]];
      return { sequence: Number(textOf(id).split('-')[0]), bytes: fields[1] as Uint8Array };
    });
  }

  async acknowledge(sequences: readonly number[]): Promise<void> {
    if (sequences.length === 0) return;
    await this.#own('acknowledge', ACKNOWLEDGE, ...sequences.map((sequence) => `${sequence}-0`));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const fence = this.#fence;
    this.#end();
    // Who waits for the journal need not wait for the lease. If this fails, it ends by itself.
    if (fence === undefined) return;
    const release = journalCommand(RELEASE, this.#keys, fence, this.#token);
    await this.#route.run([release], this.#call(Math.min(RELEASE_MS, this.#leaseMs)), true);
  }

  /** Runs a script that the server refuses after the tenure. */
  async #own(operation: string, script: string, ...args: (string | Uint8Array)[]): Promise<RedisReply> {
    const fence = this.#fence;
    if (this.#closed) throw closed(operation);
    if (fence === undefined) throw notOurs(operation, this.name);
    const reply = await this.#run(operation, script, fence, ...args);
    if (reply !== null && reply !== 0) return reply;
    if (this.#fence === fence) this.#end();
    throw notOurs(operation, this.name);
  }

  async #run(operation: string, script: string, ...args: (string | Uint8Array)[]): Promise<RedisReply> {
    return await this.#send(operation, journalCommand(script, this.#keys, ...args));
  }

  async #send(operation: string, command: RedisCommand): Promise<RedisReply> {
    if (this.#closed) throw closed(operation);
    const answer = await this.#route.run([command], this.#call(), true);
    if ('failure' in answer) throw wrapped(operation, answer.failure);
    const [reply] = answer.replies;
    if (reply instanceof Error) throw wrapped(operation, failureOf(reply, true));
    return reply ?? null;
  }

  #call(ms: number = CALL_MS): Call {
    return { deadline: this.#clock.monotonic() + ms };
  }

  /** Renews the lease, or ends the tenure at the moment at which others may have begun theirs. */
  #renewLater(fence: string, endsAt: number): void {
    this.#renewal = this.#clock.schedule(
      () => {
        if (this.#fence !== fence) return;
        const sentAt = this.#clock.monotonic();
        if (sentAt >= endsAt) return this.#end();
        this.#own('renew', RENEW, this.#token, String(this.#leaseMs)).then(
          () => this.#fence === fence && this.#renewLater(fence, sentAt + this.#leaseMs),
          () => this.#fence === fence && this.#renewLater(fence, endsAt),
        );
      },
      Math.min(this.#leaseMs / RENEWALS, Math.max(1, endsAt - this.#clock.monotonic())),
    );
    this.#renewal.unref();
  }

  #end(): void {
    this.#renewal?.cancel();
    this.#fence = undefined;
    this.#lost.abort();
  }

  /** @throws CacheError `UNSUPPORTED` where the server may drop the journal to make room for something else */
  async #checkPolicy(): Promise<void> {
    const told = await this.#route.everywhere(['INFO'], this.#call());
    for (const one of told) {
      if (!one.ok) throw wrapped('claim', one.error);
      const fields = fieldsOf(textOf(one.value.reply));
      const policy = fields.get('maxmemory_policy') ?? '';
      if (!policy.startsWith('allkeys') || fields.get('maxmemory') === '0') continue;
      const message = `claim: the server may evict a journal (maxmemory-policy ${policy}); use noeviction or a volatile one`;
      throw new CacheError('UNSUPPORTED', message, { operation: 'claim' });
    }
  }
}

function closed(operation: string): CacheError {
  return new CacheError('CLOSED', `${operation}: the journal was closed`, { operation });
}

function notOurs(operation: string, name: string): CacheError {
  const message = `${operation}: this process does not drain the journal '${name}', or not any more`;
  return new CacheError('UNAVAILABLE', message, { operation, retryable: true });
}

function wrapped(operation: string, failure: Failure): CacheError {
  return new CacheError(failure.code, `${operation}: ${failure.message}`, { ...failure, operation });
}
