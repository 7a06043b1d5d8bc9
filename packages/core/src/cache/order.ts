import type { Clock } from '../clock.ts';
import type { Failure } from '../contract/outcome.ts';
import type { Budget } from './budget.ts';
import { Gate } from './gate.ts';

/** What the calls of a namespace need before the first of them: to be prepared once, for all who wait. */
export interface Preparation {
  readonly prepared: boolean;
  /** @param leastMs the time of whoever waits: one impatient caller does not decide for the others */
  prepare(leastMs: number): Promise<void>;
}

/** Keeps the calls on one key in the order in which they were made, also those of several steps. */
export class Order {
  readonly #clock: Clock;
  readonly #preparation: Preparation;
  /** While the namespace is being prepared, for the first write. */
  #opening: Gate | undefined;
  /** By key, while a call of several steps is under way. */
  readonly #lanes: Map<string, Gate> = new Map();
  #isFree = true;

  constructor(clock: Clock, preparation: Preparation) {
    this.#clock = clock;
    this.#preparation = preparation;
  }

  /** Whether no call has to wait for another. */
  get isFree(): boolean {
    return this.#isFree;
  }

  /** What a call on a key has to wait for. @param key undefined = a call on the whole namespace */
  gate(key: string | undefined): Gate | undefined {
    // The lane comes first: whoever waits in it has yet to wait for the record, and must not be overtaken there.
    const lane = key === undefined || this.#lanes.size === 0 ? undefined : this.#lanes.get(key);
    return lane ?? this.#opening;
  }

  /**
   * Begins a call when it is its turn: at once, or behind what it has to wait for. `begin` does its first step before
   * it gives way.
   * @param needs whether the record must be known before it begins
   */
  enter<T>(
    key: string | undefined,
    needs: 'record' | 'nothing',
    budget: Budget,
    begin: () => Promise<T>,
  ): Promise<T> {
    const unknown = needs === 'record' && !this.#preparation.prepared;
    const gate = this.gate(key) ?? (unknown ? this.#open(budget.wait().timeoutMs) : undefined);
    if (gate === undefined) return begin();
    return new Promise((resolve, reject) => {
      const go = (): void => {
        this.enter(key, needs, budget, begin).then(resolve, reject);
      };
      gate.add(budget.wait(), go, reject);
    });
  }

  /** As `enter`, for a call of several steps: whatever is called on its key meanwhile waits for its end. */
  alone<T>(key: string, needs: 'record' | 'nothing', budget: Budget, begin: () => Promise<T>): Promise<T> {
    return this.enter(key, needs, budget, () => {
      const gate = new Gate(this.#clock);
      this.#lanes.set(key, gate);
      this.#isFree = false;
      const leave = (): void => {
        this.#lanes.delete(key);
        this.#left();
        gate.open();
      };
      const running = begin();
      running.then(leave, leave);
      return running;
    });
  }

  #open(timeoutMs: number): Gate {
    const gate = new Gate(this.#clock);
    this.#opening = gate;
    this.#isFree = false;
    const end = (tell: () => void): void => {
      this.#opening = undefined;
      this.#left();
      tell();
    };
    this.#preparation.prepare(timeoutMs).then(
      () => end(() => gate.open()),
      (failure: Failure) => end(() => gate.refuse(failure)),
    );
    return gate;
  }

  #left(): void {
    this.#isFree = this.#opening === undefined && this.#lanes.size === 0;
  }
}
