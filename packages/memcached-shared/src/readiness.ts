import { CacheError, type Call, type Clock, type Failure, type Outcome, ok } from '@cache/core';
import type { Listeners } from './listeners.ts';
import type { Node } from './node.ts';
import type { Pool } from './pool.ts';
import { NOOP } from './request.ts';
import type { Plan } from './step.ts';

const ASK: Plan<{ readonly key: string }, true> = () => ({
  requests: [NOOP],
  effect: false,
  next: () => ok(true),
});

/** Before the next question, which may fail as fast. */
const PAUSE_MS = 10;

/** A pool is ready when every server is. */
export class Readiness {
  readonly #pool: Pool;
  readonly #listeners: Listeners;
  readonly #clock: Clock;

  constructor(pool: Pool, listeners: Listeners, clock: Clock) {
    this.#pool = pool;
    this.#listeners = listeners;
    this.#clock = clock;
  }

  /**
   * Resolves once every server takes requests.
   * @throws CacheError `UNAVAILABLE` at the deadline, `SERVER` at once when a server refuses the login, `ABORTED` or
   * `CLOSED`
   */
  async wait(call: Call): Promise<void> {
    const refused = new AbortController();
    const hear = (cause: unknown): void => {
      if (isLoginRefusal(cause)) refused.abort(cause);
    };
    const stop = this.#listeners.on((event) => event.kind === 'error' && hear(event.cause));
    const { nodes } = this.#pool;
    for (const { cause } of nodes) hear(cause);
    const signal =
      call.signal === undefined ? refused.signal : AbortSignal.any([call.signal, refused.signal]);
    const asking = { deadline: call.deadline, signal };
    const answers = await Promise.all(nodes.map((node) => this.#ask(node, asking)));
    stop();
    if (refused.signal.aborted) throw readyError(loginRefused(refused.signal.reason));
    for (const answer of answers) if (answer?.ok === false) throw readyError(answer.error);
  }

  /** Asks again where the question was lost with its connection: the next one counts. */
  async #ask(node: Node, call: Call): Promise<Outcome<true> | undefined> {
    for (;;) {
      const [answer] = await node.run([{ key: '' }], call, ASK);
      const wasLost = answer?.ok === false && answer.error.code === 'UNAVAILABLE';
      if (!wasLost) return answer;
      await new Promise<void>((resolve) => this.#clock.schedule(resolve, PAUSE_MS));
      // Another question would only hear that it is too late, where this answer says why.
      if (this.#clock.monotonic() >= call.deadline) return answer;
    }
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
