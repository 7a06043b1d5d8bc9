import type { Outcome } from '@cache/core';
import type { Bench } from '../kit/bench.ts';
import { samePayload } from '../kit/payload.ts';

/** The payloads of a run by short names, so that answers can be told in words. */
export class Labels {
  readonly #bench: Bench;
  readonly #payloads: Map<string, unknown> = new Map();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  get size(): number {
    return this.#payloads.size;
  }

  has(label: string): boolean {
    return this.#payloads.has(label);
  }

  /** A new payload of this name. */
  make(label: string): unknown {
    // Of different lengths, so that no tail of a longer one is left unseen.
    const payload = this.#bench.payload(label.padEnd(90 * (this.#payloads.size % 3)));
    this.#payloads.set(label, payload);
    return payload;
  }

  /** The outcome of one item in words. */
  inWords(outcome: Outcome<unknown> | undefined): string {
    if (outcome?.ok !== true) return `${outcome?.error?.code}, ${outcome?.error?.outcome}`;
    const { value } = outcome;
    if (value === null) return 'no end';
    if (typeof value !== 'object') return value === undefined ? 'nothing' : String(value);
    if ('written' in value) return value.written === true ? 'written' : 'refused';
    if (!('payload' in value)) return 'what is no answer';
    for (const [label, payload] of this.#payloads) if (samePayload(payload, value.payload)) return label;
    return 'what nobody wrote';
  }
}
