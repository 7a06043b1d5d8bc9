import { bytesCodec } from '../codec/bytes.ts';
import type { Condition, Stored, Version } from '../contract/adapter.ts';
import { ENTRY_KIND } from '../entry/entry.ts';
import { readUint32, writeUint32 } from '../entry/layout.ts';
import { ownHead } from '../entry/own-head.ts';
import { writeStamp } from '../identity.ts';
import type { Budget } from './budget.ts';
import type { Scope, Shared } from './scope.ts';

/** Token of the holder, then the length of the lease in ms. */
const BODY_BYTES = 20;
const TOKEN_BYTES = 16;

/** How often a holder renews within the length of its lease, so that one renewal may fail. */
const RENEWALS = 3;

/**
 * The right to load a key, in the whole fleet. Where nothing is under the key that counts, it lies under the key itself:
 * what invalidates the key takes it away, so that the holder's fill is refused. Beside a value that may still serve it
 * lies under a key of its own, and the fill is conditional on that value.
 */
export class Lease<P> {
  readonly #scope: Scope<P>;
  readonly #key: string;
  readonly #record: P;
  readonly #token: Uint8Array;
  readonly #lengthMs: number;
  #version: Version | undefined;
  #renewing: Promise<void> = Promise.resolve();
  #stopRenewing: (() => void) | undefined;

  private constructor(scope: Scope<P>, key: string, record: P, token: Uint8Array) {
    this.#scope = scope;
    this.#key = key;
    this.#record = record;
    this.#token = token;
    this.#lengthMs = scope.settings.leaseMs;
  }

  /**
   * The lease, if nobody else has changed the key since it was read.
   * @param after a budget for what is left to do when that of the claim is spent
   */
  static async acquire<P>(
    scope: Scope<P>,
    key: string,
    record: P,
    when: Condition,
    budget: Budget,
    after: () => Budget,
  ): Promise<Lease<P> | undefined> {
    const token = new Uint8Array(TOKEN_BYTES);
    writeStamp(token);
    const lease = new Lease(scope, key, record, token);
    try {
      lease.#version = await lease.#write(when, budget, () => budget);
    } catch (failure) {
      // Others would wait for a lease that nobody has.
      if (isUnknown(failure)) lease.withdraw(after());
      throw failure;
    }
    return lease.#version === undefined ? undefined : lease;
  }

  /** What it is stored as; undefined once it was lost. Waits for a renewal under way. */
  async version(): Promise<Version | undefined> {
    await this.#renewing;
    return this.#version;
  }

  /** Renews until told otherwise, for so long at most. */
  renew(mostMs: number, budget: () => Budget): void {
    const { clock } = this.#scope.shared;
    const end = clock.monotonic() + mostMs;
    const next = (): void => {
      const timer = clock.schedule(() => {
        if (clock.monotonic() >= end) return;
        this.#renewing = this.#renew(budget);
        void this.#renewing.then(() => {
          if (this.#version !== undefined && this.#stopRenewing !== undefined) next();
        });
      }, this.#lengthMs / RENEWALS);
      timer.unref();
      this.#stopRenewing = () => timer.cancel();
    };
    next();
  }

  /** Ends the renewals. */
  stop(): void {
    this.#stopRenewing?.();
    this.#stopRenewing = undefined;
  }

  /** Takes the lease away, unless somebody has written over it. */
  async release(budget: Budget): Promise<void> {
    this.stop();
    const version = await this.version();
    this.#version = undefined;
    if (version === undefined) return;
    const own = { key: this.#key, when: { version }, invalidates: false } as const;
    await this.#scope.shared.coalescer.remove(own, budget.wait());
  }

  /** As `release`, behind the caller's back, and also of a lease of which nobody knows whether it was written. */
  withdraw(budget: Budget): void {
    const { calls, waitUntil } = this.#scope.shared;
    // Where it fails the lease ends by itself.
    const gone = this.#withdraw(budget).catch(() => undefined);
    calls.leave(gone);
    waitUntil?.(gone);
  }

  async #withdraw(budget: Budget): Promise<void> {
    this.#version ??= await this.#find(budget);
    await this.release(budget);
  }

  async #renew(budget: () => Budget): Promise<void> {
    if (this.#version === undefined) return;
    try {
      this.#version = await this.#write({ version: this.#version }, budget(), budget);
    } catch {
      // The server is out of reach: the lease ends by itself, or the next renewal finds it.
    }
  }

  /** The version under which it was written, undefined if refused. @param after for a look whether it was written */
  async #write(when: Condition, budget: Budget, after: () => Budget): Promise<Version | undefined> {
    const { coalescer, clock } = this.#scope.shared;
    const payload = this.#encode(clock.now());
    const item = { key: this.#key, payload, ttlMs: this.#lengthMs, when, invalidates: false } as const;
    try {
      const result = await coalescer.write(item, budget.wait());
      return result.written ? result.version : undefined;
    } catch (failure) {
      if (!isUnknown(failure)) throw failure;
      // It may have been written nevertheless.
      const version = await this.#find(after()).catch(() => undefined);
      if (version !== undefined) return version;
      throw failure;
    }
  }

  /** The version of what is there, if it is this lease. */
  async #find(budget: Budget): Promise<Version | undefined> {
    const { coalescer } = this.#scope.shared;
    const { stored } = await coalescer.read(this.#key, undefined, budget.wait());
    return stored !== undefined && this.#isOurs(stored.payload) ? stored.version : undefined;
  }

  #encode(now: number): P {
    const { format } = this.#scope.shared;
    const body = new Uint8Array(BODY_BYTES);
    body.set(this.#token);
    writeUint32(body, TOKEN_BYTES, this.#lengthMs);
    return format.encode(
      ownHead('lease', format.head(this.#record), now, now + this.#lengthMs),
      body,
      bytesCodec,
    );
  }

  #isOurs(payload: P): boolean {
    const { format } = this.#scope.shared;
    if (!format.recognizes(payload) || format.kind(payload) !== ENTRY_KIND.lease) return false;
    const body = format.value(payload, bytesCodec) as Uint8Array;
    return this.#token.every((byte, index) => byte === body[index]);
  }
}

function isUnknown(failure: unknown): boolean {
  return (failure as { outcome?: unknown }).outcome === 'unknown';
}

/** How long the lease of somebody lasts without renewal; undefined if it is none that counts. */
export function leaseLength<P>(
  { format }: Shared<P>,
  stored: Stored<P> | undefined,
  record: P | undefined,
): number | undefined {
  if (stored === undefined || record === undefined) return undefined;
  const { payload } = stored;
  if (!format.recognizes(payload) || format.kind(payload) !== ENTRY_KIND.lease) return undefined;
  if (!format.sameEpoch(payload, record)) return undefined;
  const body = format.value(payload, bytesCodec) as Uint8Array;
  return body.length === BODY_BYTES ? readUint32(body, TOKEN_BYTES) : undefined;
}
