import type { Clock } from '../clock.ts';
import type { AnyAdapter, Call } from '../contract/adapter.ts';
import { type Failure, failed, type Outcome } from '../contract/outcome.ts';
import { Circuit, isOver } from './circuit.ts';

/** So many keys are removed at once when a side is cleared of what it missed. */
const PORTION = 1000;

export interface SideSettings {
  readonly failures: number;
  readonly openMs: number;
  readonly clock: Clock;
}

/**
 * One of two adapters that stand in for each other. It may be used while it answers and has missed nothing: what this
 * process wanted removed and could not remove is remembered, and removed before anything is read here again.
 */
export class Side {
  readonly adapter: AnyAdapter;
  /** Names it in versions. */
  readonly sign: string;
  readonly #circuit: Circuit;
  readonly #clock: Clock;
  readonly #openMs: number;
  readonly #missed: Set<string> = new Set();
  /** Those of the missed keys that are being removed at present. */
  #clearing: ReadonlySet<string> = new Set();
  #mending = false;
  #mendAt = Number.NEGATIVE_INFINITY;
  /** A key that it was asked for, to ask again whether it answers. */
  #someKey = '';

  constructor(adapter: AnyAdapter, sign: string, { failures, openMs, clock }: SideSettings) {
    this.adapter = adapter;
    this.sign = sign;
    this.#circuit = new Circuit(failures, openMs, clock);
    this.#clock = clock;
    this.#openMs = openMs;
  }

  get isUsable(): boolean {
    return !this.#circuit.isOpen && this.missed === 0;
  }

  /** How many keys wait for their removal. */
  get missed(): number {
    return this.#missed.size + this.#clearing.size;
  }

  /** Learns from a call of the adapter whether it answers. */
  async ask<R>(
    keys: readonly string[],
    call: Call,
    send: (adapter: AnyAdapter) => Promise<Outcome<R>[]>,
  ): Promise<Outcome<R>[]> {
    if (keys.length === 0) return [];
    this.#someKey = keys[0] as string;
    const isOwn = !isOver(call, this.#clock);
    const outcomes = await send(this.adapter);
    if (isOwn) this.#circuit.saw(outcomes, call);
    return outcomes;
  }

  /** Removes keys now, or before this side is used again. Whether there was something, by key. Goes on after an abort. */
  async clear(keys: readonly string[], { deadline }: Call): Promise<Outcome<boolean>[]> {
    if (!this.#circuit.isOpen) return await this.#remove(keys, { deadline });
    for (const key of keys) this.miss(key);
    return keys.map(() => failed(OUT));
  }

  /** Remembers that what is under a key is not to be read any more. */
  miss(key: string): void {
    this.#missed.add(key);
  }

  /** Sees to it, behind the calls, that it can be used again: from time to time while it cannot. */
  mend(): void {
    if (this.isUsable || this.#mending || this.#clock.monotonic() < this.#mendAt) return;
    if (!this.#circuit.admits()) return;
    this.#mending = true;
    this.#mendAt = this.#clock.monotonic() + this.#openMs;
    void this.#mend().then((mended) => {
      this.#mending = false;
      if (mended) this.#mendAt = Number.NEGATIVE_INFINITY;
    });
  }

  /** Whether all went well. */
  async #mend(): Promise<boolean> {
    const again = (): Call => ({ deadline: this.#clock.monotonic() + this.#openMs });
    if (this.#missed.size === 0) {
      const keys = [this.#someKey];
      const call = again();
      const [answer] = await this.ask(keys, call, (adapter) => adapter.read(keys, call));
      return answer?.ok === true;
    }
    while (this.#missed.size > 0) {
      const portion = [...this.#missed].slice(0, PORTION);
      // What is missed from now on is remembered anew: by then it may be another value that is to go.
      for (const key of portion) this.#missed.delete(key);
      this.#clearing = new Set(portion);
      const outcomes = await this.#remove(portion, again());
      this.#clearing = new Set();
      if (outcomes.some(({ ok }) => !ok)) return false;
    }
    return true;
  }

  async #remove(keys: readonly string[], call: Call): Promise<Outcome<boolean>[]> {
    const removals = keys.map((key) => ({ key }));
    const outcomes = await this.ask(keys, call, (adapter) => adapter.remove(removals, call));
    outcomes.forEach((outcome, index) => {
      if (!outcome.ok) this.miss(keys[index] as string);
    });
    return outcomes;
  }
}

const OUT: Failure = {
  code: 'UNAVAILABLE',
  message: 'one of two servers does not answer',
  retryable: true,
  outcome: 'not-applied',
};
