import type { Clock, Timer } from '@cache/core';
import type { Move } from './move.ts';

/** Longer timers are deadlines, which no run reaches. */
const LONGEST_PAUSE_MS = 200;

interface Pause {
  readonly id: string;
  readonly process: string;
  /** Since when whatever ended the pause before has looked around. */
  readonly since: number;
  readonly ms: number;
  end(): void;
}

/**
 * The pauses of processes that wait for each other by looking again and again: they end when that is chosen. Without a
 * change by somebody else since the last look nothing new would be seen, so the choice is offered after one only, or
 * when nothing else is left. Then time passes, as otherwise it does not.
 */
export class Pauses {
  #waiting: Pause[] = [];
  /** The last look around of each process began then. */
  readonly #lookedAt: Map<string, number> = new Map();
  /** When each process last changed something. */
  readonly #changedAt: Map<string, number> = new Map();
  #count = 0;
  #moment = 0;
  #passedMs = 0;
  #released = false;

  /** Of a process: it stands still but for the pauses that end when nothing else is left. */
  clock(process: string, base: Clock, pulse: () => void): Clock {
    const [now, monotonic] = [base.now(), base.monotonic()];
    return {
      now: () => now + this.#passedMs,
      monotonic: () => monotonic + this.#passedMs,
      defer: (callback) => base.defer(callback),
      schedule: (callback, ms) => {
        if (ms > LONGEST_PAUSE_MS) return NEVER;
        return this.#released ? base.schedule(callback, 0) : this.#add(process, callback, ms, pulse);
      },
    };
  }

  changed(process: string): void {
    this.#moment += 1;
    this.#changedAt.set(process, this.#moment);
  }

  /** Those that may end now. @param idle whether nothing else can happen */
  moves(idle: boolean): Move[] {
    return this.#waiting
      .filter(({ process, since }) => idle || this.#hasChangedFor(process, since))
      .map((pause) => ({
        id: pause.id,
        says: `${pause.process} has waited a little`,
        make: () => this.#end(pause, idle),
        touched: () => ({ reads: [], writes: [pause.process] }),
      }));
  }

  /** Nobody pauses any more. */
  release(): void {
    this.#released = true;
    for (const pause of this.#waiting.splice(0)) pause.end();
  }

  #add(process: string, end: () => void, ms: number, pulse: () => void): Timer {
    this.#count += 1;
    const since = this.#lookedAt.get(process) ?? 0;
    const pause: Pause = { id: `pause ${this.#count}`, process, since, ms, end };
    this.#waiting.push(pause);
    pulse();
    const cancel = (): void => {
      this.#waiting = this.#waiting.filter((other) => other !== pause);
    };
    return { cancel, unref: () => undefined };
  }

  #end(pause: Pause, idle: boolean): void {
    this.#waiting = this.#waiting.filter((other) => other !== pause);
    this.#moment += 1;
    this.#lookedAt.set(pause.process, this.#moment);
    if (idle) this.#passedMs += pause.ms;
    pause.end();
  }

  #hasChangedFor(process: string, since: number): boolean {
    return [...this.#changedAt].some(([by, at]) => by !== process && at > since);
  }
}

const NEVER: Timer = { cancel: () => undefined, unref: () => undefined };
