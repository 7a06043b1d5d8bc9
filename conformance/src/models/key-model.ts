import type { Model, Permitted } from './model.ts';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/** A version that somebody learnt. */
export interface Token {
  /** The write that it names. */
  readonly label: string;
  /** The step at which it was learnt. */
  readonly learnt: number;
  /** It may be refused where it should hold: a cut connection may void it. */
  readonly voidable?: boolean;
  /** It may hold by accident: it is of another key, and an adapter may count them by key. */
  readonly foreign?: boolean;
}

export type When = 'absent' | 'present' | Token | undefined;

/** One item of a call of an adapter. */
export type KeyCall =
  | { readonly name: 'read' }
  | { readonly name: 'write'; readonly label: string; readonly ttlMs: number | null; readonly when: When }
  | { readonly name: 'remove'; readonly when: When }
  | { readonly name: 'touch' | 'readAndTouch'; readonly ttlMs: number | null; readonly when: When }
  | { readonly name: 'remaining' }
  | { readonly name: 'add'; readonly by: bigint; readonly initial: bigint; readonly ttlMs: number | null }
  /** The harness ends the life. */
  | { readonly name: 'expire' };

export interface KeyInput {
  readonly call: KeyCall;
  /** The adapter's time, ms. */
  readonly at: number;
  /** The number of the step, as in `Token.learnt`. */
  readonly step: number;
}

interface Value {
  readonly held: 'value';
  readonly label: string;
  /** The last touch on condition: it may have changed the version, so what was learnt before is unsure. */
  readonly renewed: number;
  readonly end: number | undefined;
}

interface Counter {
  readonly held: 'counter';
  readonly sum: bigint;
  readonly end: number | undefined;
}

type Present = Value | Counter;

/** What is under one key; undefined = nothing. */
export type KeyState = Present | undefined;

export interface KeyModelOptions {
  /** How far the end of a life may be from what was asked. */
  readonly resolutionMs?: number;
  /** How much less than asked a life may have left, because real time goes on. Default: 0. */
  readonly slackMs?: number;
  /** What is there may go at any time. */
  readonly evicts?: boolean;
}

/** What an adapter may answer for one key. */
export function keyModel(options: KeyModelOptions = {}): Model<KeyState, KeyInput> {
  const { resolutionMs = 1, slackMs = 0, evicts = false } = options;

  function alternatives(state: KeyState, at: number): KeyState[] {
    if (state === undefined) return [state];
    const end = state.end ?? Number.POSITIVE_INFINITY;
    if (at >= end + resolutionMs) return [undefined];
    return evicts || at > end - resolutionMs ? [state, undefined] : [state];
  }

  function permits(state: KeyState, { call, at, step }: KeyInput): Permitted<KeyState>[] {
    if (call.name === 'expire') return [{ says: 'ended', next: undefined }];
    const end = 'ttlMs' in call && call.ttlMs !== null ? at + call.ttlMs : undefined;
    if (call.name === 'read') return [reads(state, state)];
    if (call.name === 'remaining') return [remains(state, at)];
    if (call.name === 'add') return [adds(state, call.by, call.initial, end)];
    const found: Permitted<KeyState>[] = [];
    for (const held of holds(call.when, state)) {
      if (call.name === 'write') {
        const next: Value = { held: 'value', label: call.label, renewed: step, end };
        found.push(held ? { says: 'written', next } : { says: 'refused', next: state });
      } else if (call.name === 'remove') {
        const gone = held && state !== undefined;
        found.push({ says: String(gone), next: gone ? undefined : state });
      } else {
        const next = held ? touched(state, end, call.when, step) : undefined;
        if (call.name === 'touch') found.push({ says: String(next !== undefined), next: next ?? state });
        else found.push(reads(next, next ?? state));
      }
    }
    return found;
  }

  function remains(state: KeyState, at: number): Permitted<KeyState> {
    if (state === undefined) return { says: 'nothing', next: state };
    if (state.end === undefined) return { says: 'no end', next: state };
    const [least, most] = [state.end - at - resolutionMs - slackMs, state.end - at + resolutionMs];
    return {
      says: `${Math.max(0, least)} to ${most}`,
      accepts: (answer) => Number(answer) >= least && Number(answer) <= most,
      next: state,
    };
  }

  return {
    initial: undefined,
    permits: (state, input) => alternatives(state, input.at).flatMap((one) => permits(one, input)),
    fingerprint: (state) => {
      if (state === undefined) return '';
      const { held, end = 'never' } = state;
      return held === 'value' ? `${state.label} ${state.renewed} ${end}` : `=${state.sum} ${end}`;
    },
  };
}

/** @param next what is there after the read */
function reads(state: KeyState, next: KeyState): Permitted<KeyState> {
  if (state === undefined) return { says: 'nothing', next };
  if (state.held === 'value') return { says: state.label, next };
  // How a counter reads is the server's affair, but it is there.
  return { says: 'a counter', accepts: (answer) => answer !== 'nothing', next };
}

function adds(state: KeyState, by: bigint, initial: bigint, end: number | undefined): Permitted<KeyState> {
  if (state?.held === 'value') return { says: 'WRONG_TYPE, not-applied', next: state };
  const sum = (state?.sum ?? initial) + by;
  if (sum > MAX || sum < MIN) return { says: 'OUT_OF_RANGE, not-applied', next: state };
  return { says: String(sum), next: { held: 'counter', sum, end: state === undefined ? end : state.end } };
}

function touched(state: KeyState, end: number | undefined, when: When, step: number): KeyState {
  if (state === undefined) return undefined;
  if (state.held === 'counter' || when === undefined) return { ...state, end };
  return { ...state, end, renewed: step };
}

/** Whether a condition holds, or both where nobody can say. */
function holds(when: When, state: KeyState): readonly boolean[] {
  if (when === undefined) return [true];
  if (when === 'absent') return [state === undefined];
  if (when === 'present') return [state !== undefined];
  if (state === undefined) return [false];
  if (when.foreign) return [true, false];
  if (state.held !== 'value' || state.label !== when.label) return [false];
  return !when.voidable && when.learnt >= state.renewed ? [true] : [true, false];
}
