import {
  CacheError,
  type Call,
  type ConnectionEvent,
  type ConnectionEvents,
  type Failure,
  ok,
} from '@cache/core';
import type { Pool } from './pool.ts';
import { NOOP } from './request.ts';
import type { Plan } from './step.ts';

const ASK: Plan<{ readonly key: string }, true> = () => ({
  requests: [NOOP],
  effect: false,
  next: () => ok(true),
});

/** The connection facet over a pool: ready when every server is. */
export class Readiness implements ConnectionEvents {
  readonly #listeners: Set<(event: ConnectionEvent) => void> = new Set();
  #pool: Pool | undefined;

  /** Told once: the servers need somebody to tell before they are. */
  watch(pool: Pool): void {
    this.#pool = pool;
  }

  readonly tell = (event: ConnectionEvent): void => {
    for (const listener of this.#listeners) listener(event);
  };

  readonly on = (listener: (event: ConnectionEvent) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Resolves once every server takes requests.
   * @throws CacheError `UNAVAILABLE` at the deadline, `SERVER` at once when a server refuses the login, `ABORTED` or
   * `CLOSED`
   */
  readonly ready = async (call: Call): Promise<void> => {
    const refused = new AbortController();
    const hear = (cause: unknown): void => {
      if (isLoginRefusal(cause)) refused.abort(cause);
    };
    const stop = this.on((event) => event.kind === 'error' && hear(event.cause));
    const nodes = this.#pool?.nodes ?? [];
    for (const { cause } of nodes) hear(cause);
    const signal =
      call.signal === undefined ? refused.signal : AbortSignal.any([call.signal, refused.signal]);
    const asking = { deadline: call.deadline, signal };
    const answers = await Promise.all(nodes.map((node) => node.run([{ key: '' }], asking, ASK)));
    stop();
    if (refused.signal.aborted) throw readyError(loginRefused(refused.signal.reason));
    for (const [answer] of answers) if (answer?.ok === false) throw readyError(answer.error);
  };

  clear(): void {
    this.#listeners.clear();
  }
}

/** What no waiting heals. */
function isLoginRefusal(cause: unknown): boolean {
  return cause instanceof Error && cause.message.includes('authentication failed');
}

function loginRefused(cause: unknown): Failure {
  const message = 'the server refused user name or password, or wants them: give username and password';
  return { code: 'SERVER', message, retryable: false, outcome: 'not-applied', cause };
}

function readyError(failure: Failure): CacheError {
  const code = failure.code === 'TIMEOUT' ? 'UNAVAILABLE' : failure.code;
  return new CacheError(code, `ready: ${failure.message}`, { ...failure, operation: 'ready' });
}
