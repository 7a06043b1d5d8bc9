import type { Stored } from '../contract/adapter.ts';
import { CLOSED } from '../contract/call.ts';
import type { Failure } from '../contract/outcome.ts';
import { type CacheError, toFailure } from '../error.ts';
import { checkKey } from '../key.ts';
import { Budget } from './budget.ts';
import type { CallOptions } from './options.ts';
import type { PendingRead } from './pending.ts';
import { isFailure, type Scope } from './scope.ts';
import type { Space } from './space.ts';
import type { State } from './worth.ts';

/** What is the fault of the caller, or his wish: no server will answer otherwise later. */
const CALLERS: ReadonlySet<string> = new Set(['CLOSED', 'ABORTED', 'INVALID_OPTION']);

/** Takes what a read answered, and the record of the same moment. */
export type Done<P> = (state: State, stored: Stored<P> | undefined, record: P | undefined) => void;

/** Asks for what is under one key, replicas first where there are any, and answers by a call and not by a promise. */
export class Asks<P> {
  readonly #scope: Scope<P>;

  constructor(scope: Scope<P>) {
    this.#scope = scope;
  }

  /**
   * @param hit takes what a replica has, if that can be returned; undefined = none is asked
   * @throws CacheError for bad input, at once: only what the server does fails open
   */
  submit(
    operation: string,
    key: string,
    options: CallOptions | undefined,
    hit: ((stored: Stored<P>) => boolean) | undefined,
    done: Done<P>,
    fail: (error: CacheError, swallow: boolean) => void,
  ): void {
    checkKey(key, operation);
    const { buckets, settings, shared } = this.#scope;
    const space = buckets.of(key);
    const timeoutMs = this.#scope.timeoutMs(options, operation);
    const signal = options?.signal;
    const failed = (failure: Failure): void => {
      space.breaker.failed(failure);
      const swallow = settings.onReadFailure === 'miss' && !CALLERS.has(failure.code);
      fail(this.#scope.fault(failure, operation, key, swallow), swallow);
    };
    const { replicas } = space;
    if (shared.calls.closed) failed(CLOSED);
    else if (hit === undefined || replicas === undefined)
      this.#ask(space, key, timeoutMs, signal, done, failed);
    else {
      // Of several steps, so that `close` has to wait for it.
      void shared.calls.track(
        () =>
          new Promise<void>((end) => {
            const ended: Done<P> = (...answer) => end(done(...answer));
            const gaveUp = (failure: Failure): void => end(failed(failure));
            const found = (stored: Stored<P> | undefined, left: Budget): void => {
              try {
                if (stored !== undefined && hit(stored)) end();
                else this.#ask(space, key, left.wait().timeoutMs, signal, ended, gaveUp);
              } catch (caught) {
                gaveUp(isFailure(caught) ? caught : toFailure(caught));
              }
            };
            replicas.seek(space.key(key), key, { timeoutMs, signal }, found, gaveUp);
          }),
      );
    }
  }

  /** Asks the server, or the primary where there are replicas. */
  #ask(
    space: Space<P>,
    key: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    done: Done<P>,
    failed: (failure: Failure) => void,
  ): void {
    const { shared } = this.#scope;
    const serverKey = space.key(key);
    const { clears } = space.record;
    const pending: PendingRead<P> = {
      key: serverKey.text,
      record: space.recordKey,
      mayLag: false,
      timeoutMs,
      deadline: undefined,
      settled: false,
      sent: false,
      release: undefined,
      done: (stored, found) => {
        space.breaker.succeeded();
        const record = space.record.remember(found, clears);
        const state = space.worth.stateOf(serverKey, key, stored?.payload, record);
        if (state !== undefined) done(state, stored, record);
        else if (stored !== undefined && record !== undefined) {
          const budget = new Budget(shared.clock, timeoutMs, signal, pending.deadline);
          space.worth
            .settle(stored.payload, record, budget)
            .then((settled) => done(settled, stored, record), failed);
        }
      },
      fail: failed,
    };
    const refusal = space.breaker.refusal();
    if (refusal !== undefined) pending.fail(refusal);
    else this.#hand(space, pending, signal);
  }

  /** Submits a read when it is its turn. */
  #hand(space: Space<P>, pending: PendingRead<P>, signal: AbortSignal | undefined): void {
    const gate = space.order.gate(pending.key);
    if (gate === undefined) this.#scope.shared.coalescer.submitRead(pending, signal);
    else {
      const wait = { timeoutMs: pending.timeoutMs, signal };
      gate.add(wait, () => this.#hand(space, pending, signal), pending.fail);
    }
  }
}
