import { type Footprint, union } from './footprint.ts';
import type { Fault, History } from './history.ts';
import type { Move } from './move.ts';

/** Which faults may befall a run, and how many. */
export interface Allowed {
  readonly kinds: readonly Fault[];
  readonly atMost: number;
}

/** What is to pass: an effect, and who waits for it. */
export interface Errand {
  readonly by: string;
  readonly says: string;
  readonly keys: readonly string[];
  /** Whether its caller is told only when that is chosen, or at once. */
  readonly held: boolean;
  /** Whom the answer sets going. */
  readonly process: string;
  /** What the effect touched. @param answer as it was brought, undefined where it failed */
  touched(answer: unknown): Footprint;
  /** Begins the effect; settles when its answer is there. */
  act(): Promise<unknown>;
  /** Tells the caller the answer. */
  tell(): void;
  /** Tells the caller that nobody knows what became of it. Absent: it cannot be lost. */
  lose?(): void;
}

/** A fault that may befall a passage now. */
interface Harm {
  readonly kind: Fault;
  readonly says: string;
  make(): void;
}

/** `under way`: it was let through and its answer is not there yet. */
export type PassageState = 'waiting' | 'under way' | 'answered' | 'over';

/** One effect on its way through two gates: before it takes place, and before its caller is told. */
export class Passage {
  readonly by: string;
  readonly says: string;
  #state: PassageState = 'waiting';
  readonly #errand: Errand;
  readonly #history: History<unknown>;
  readonly #index: number;
  readonly #pulse: () => void;
  #told = false;
  #answer: unknown;

  constructor(errand: Errand, history: History<unknown>, pulse: () => void) {
    this.by = errand.by;
    this.says = errand.says;
    this.#errand = errand;
    this.#history = history;
    this.#pulse = pulse;
    const { by, says } = errand;
    const record = { by, says, begin: history.now, arrived: undefined, effect: undefined };
    this.#index = history.effects.push({ ...record, reply: undefined, fault: undefined }) - 1;
  }

  get process(): string {
    return this.#errand.process;
  }

  /** What its effect touched, once it took place. */
  get touched(): Footprint {
    return this.#errand.touched(this.#answer);
  }

  /** What can happen to it next. */
  get move(): Move | undefined {
    const { by, says } = this;
    const goesOn: Footprint = { reads: [], writes: [this.process] };
    if (this.#state === 'answered') {
      return {
        id: `reply ${this.#index}`,
        says: `the reply of ${says} reaches ${by}`,
        make: () => this.reply(),
        touched: () => goesOn,
      };
    }
    if (this.#state !== 'waiting') return undefined;
    return {
      id: `effect ${this.#index}`,
      says: `${says} of ${by} takes effect`,
      passage: this,
      make: () => this.arrive(),
      touched: () => (this.held ? this.touched : union(this.touched, goesOn)),
    };
  }

  /** The same in every run of the same choices. */
  get id(): string {
    return `${this.#index}`;
  }

  get state(): PassageState {
    return this.#state;
  }

  get held(): boolean {
    return this.#errand.held;
  }

  /** Whether another one of the same connection has to wait until this one has arrived. */
  blocks(other: Passage): boolean {
    // Whoever was told that it is unknown what became of it waits for it no longer.
    return (
      other.by === this.by && !this.#told && this.#errand.keys.some((key) => other.#errand.keys.includes(key))
    );
  }

  arrive(): void {
    this.#state = 'under way';
    this.#record({ arrived: this.#history.now });
    const done = (answer?: unknown): void => {
      this.#answer = answer;
      this.#record({ effect: this.#history.now });
      this.#state = this.#told ? 'over' : 'answered';
      this.#pulse();
    };
    this.#errand.act().then(done, () => done());
  }

  reply(): void {
    this.#end();
    this.#errand.tell();
  }

  harms(): Harm[] {
    const { by, says } = this;
    if (this.#errand.lose === undefined || this.#told) return [];
    const tell = (kind: Fault): void => {
      this.#record({ fault: kind });
      if (kind === 'late') this.#told = true;
      else this.#end();
      this.#errand.lose?.();
      this.#pulse();
    };
    const harm = (kind: Fault, words: string): Harm => ({ kind, says: words, make: () => tell(kind) });
    if (this.#state === 'answered') return [harm('reply-lost', `the reply of ${says} to ${by} is lost`)];
    if (this.#state !== 'waiting') return [];
    return [
      harm('request-lost', `${says} of ${by} is lost on its way`),
      harm('late', `${says} of ${by} is given up, and still on its way`),
    ];
  }

  #end(): void {
    this.#state = 'over';
    this.#told = true;
    this.#record({ reply: this.#history.now });
    this.#pulse();
  }

  #record(changes: Partial<History<unknown>['effects'][number]>): void {
    const before = this.#history.effects[this.#index];
    if (before !== undefined) this.#history.effects[this.#index] = { ...before, ...changes };
  }
}
