/** What happened at one instant of a scheduled run. */
export interface Event {
  /** Its instant: 1, 2, 3, … */
  readonly at: number;
  readonly says: string;
}

/** One call of a client, from its begin to its answer. */
export interface ClientRecord<I> {
  readonly client: string;
  readonly says: string;
  /** What the caller of the scheduler said of it: for models. */
  readonly input: I;
  readonly begin: number;
  /** Infinity while it has not settled. */
  readonly end: number;
  readonly result: PromiseSettledResult<unknown> | undefined;
}

/** One effect behind a gate: a call of an adapter, or a step of a loader. */
export interface EffectRecord {
  /** The connection or loader. */
  readonly by: string;
  readonly says: string;
  /** When it was asked for. */
  readonly begin: number;
  /** When it was let through to what it acts upon; undefined if never. */
  readonly arrived: number | undefined;
  /** When its answer was there. */
  readonly effect: number | undefined;
  /** When the caller was told. */
  readonly reply: number | undefined;
  /** What was done to it: lost on the way there, on the way back, or told as unknown and then let through. */
  readonly fault: Fault | undefined;
}

export type Fault = 'request-lost' | 'reply-lost' | 'late';

/** The events, calls and effects of one scheduled run. */
export class History<I> {
  readonly events: Event[] = [];
  readonly calls: ClientRecord<I>[] = [];
  readonly effects: EffectRecord[] = [];

  get now(): number {
    return this.events.length;
  }

  /** The next instant. */
  add(says: string): number {
    const at = this.events.length + 1;
    this.events.push({ at, says });
    return at;
  }

  /** The events in words. */
  inWords(): string[] {
    return this.events.map(({ says }) => says);
  }
}
