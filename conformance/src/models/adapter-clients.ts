import type { Outcome, Stored } from '@cache/core';
import * as fc from 'fast-check';
import { type Bench, TEN_MINUTES, type TestAdapter } from '../kit/bench.ts';
import { callWith } from './adapter-calls.ts';
import type { Client, ClientCall } from './callers.ts';
import type { ClientRecord, History } from './history.ts';
import { type KeyCall, type KeyInput, keyModel, type When } from './key-model.ts';
import { Labels } from './labels.ts';
import { type Operation, unexplained } from './linearize.ts';
import { withoutOne } from './search.ts';

/** One call of one client, all of them on one key. */
export interface CallPlan {
  readonly name: 'read' | 'write' | 'remove' | 'touch' | 'add';
  /** `version`: on what its client learnt last. Of a touch never, since that may change the version. */
  readonly when: 'always' | 'absent' | 'present' | 'version';
}

/** The calls of each client. */
export type Program = readonly (readonly CallPlan[])[];

export function programsOf(names: readonly CallPlan['name'][]): fc.Arbitrary<Program> {
  const call = fc.record<CallPlan>({
    name: fc.constantFrom(...names),
    when: fc.constantFrom('always', 'absent', 'present', 'version', 'version', 'version'),
  });
  return fc.array(fc.array(call, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 3 });
}

export function* shorterPrograms(program: Program): Generator<Program> {
  yield* withoutOne(program);
  for (const [i, calls] of program.entries())
    for (const less of withoutOne(calls)) yield program.with(i, less);
}

/** A call as the model sees it, and in the end what its client was told. */
export interface Asked {
  readonly call: KeyCall;
  told?: Told;
}

interface Told {
  readonly answer: string;
  /** `none`: it certainly did nothing, so that it tells nothing either. */
  readonly effect: 'known' | 'none' | 'unknown' | 'applied';
}

type Version = Stored<unknown>['version'];

/** Several clients on one key of an adapter, and the judgement of what they were told. */
export class AdapterClients {
  readonly #bench: Bench;
  readonly #labels: Labels;
  readonly #key: string;
  /** Whether calls may fail, because their connections are cut: versions are then void now and then. */
  readonly #disrupted: boolean;

  constructor(bench: Bench, disrupted: boolean) {
    this.#bench = bench;
    this.#labels = new Labels(bench);
    this.#key = bench.key();
    this.#disrupted = disrupted;
  }

  /** The client number `index`, over a connection. */
  client(index: number, adapter: TestAdapter, plans: readonly CallPlan[]): Client<Asked> {
    const memory: Memory = { learnt: undefined };
    const calls = plans.map((plan, nth) => () => {
      return this.#next(plan, `v${index + 1}.${nth + 1}`, adapter, memory);
    });
    return { name: NAMES[index] ?? `client ${index}`, calls };
  }

  #next({ name, when }: CallPlan, label: string, adapter: TestAdapter, memory: Memory): ClientCall<Asked> {
    const { learnt } = memory;
    const plain = name === 'write' && (when === 'absent' || when === 'present') ? when : undefined;
    const onVersion = when === 'version' && (name === 'write' || name === 'remove') ? learnt : undefined;
    const token = onVersion && { label: onVersion.label, learnt: 0, voidable: this.#disrupted };
    const asked: Asked = { call: callOf(name, label, token ?? plain) };
    const condition = onVersion === undefined ? plain : { version: onVersion.version };
    const run = async (): Promise<void> => {
      const payload = name === 'write' ? this.#labels.make(label) : undefined;
      const given = { key: this.#key, payload, ttlMs: TEN_MINUTES, condition, by: 1n, initial: 0n };
      const [outcome] = await callWith(adapter, name, [given], this.#bench.call());
      asked.told = this.#told(outcome);
      const version = versionIn(outcome);
      if (version !== undefined)
        memory.learnt = { version, label: name === 'write' ? label : asked.told.answer };
    };
    const on = token === undefined ? (plain === undefined ? '' : ` if ${plain}`) : ` if it is ${token.label}`;
    const says = `${name}${name === 'write' ? ` ${label}` : ''}${on}`;
    return { says, input: asked, run, sayAnswer: () => asked.told?.answer ?? '' };
  }

  /** Throws unless some order of the calls explains all answers. */
  judge({ calls }: History<Asked | undefined>): void {
    const model = keyModel({ evicts: this.#bench.opened.evicts ?? false });
    const why = unexplained(
      model,
      calls.flatMap((record) => this.#operation(record)),
    );
    if (why !== undefined) throw new Error(why);
  }

  #operation({
    client,
    says,
    input,
    begin,
    end,
    result,
  }: ClientRecord<Asked | undefined>): Operation<KeyInput>[] {
    if (input === undefined) return [];
    if (result?.status === 'rejected') throw new Error(`${says} rejected: ${String(result.reason)}`);
    if (input.told === undefined) throw new Error(`${says} did not settle`);
    const { answer, effect } = input.told;
    const operation = { who: client, says, input: { call: input.call, at: 0, step: 0 }, begin };
    if (effect === 'none') return [];
    if (effect === 'unknown') return [{ ...operation, end: Number.POSITIVE_INFINITY, answer: undefined }];
    return [{ ...operation, end, answer: effect === 'applied' ? undefined : answer }];
  }

  #told(outcome: Outcome<unknown> | undefined): Told {
    const answer = this.#labels.inWords(outcome);
    if (outcome?.ok === false) {
      const { code, outcome: effect } = outcome.error;
      // Where others change the key at the same time, an adapter may give up, and say what it has done.
      if (this.#disrupted || code === 'BUSY') {
        return { answer, effect: effect === 'not-applied' ? 'none' : effect };
      }
    }
    return { answer, effect: 'known' };
  }
}

interface Memory {
  /** What the client learnt last. */
  learnt: { readonly label: string; readonly version: Version } | undefined;
}

function callOf(name: CallPlan['name'], label: string, when: When): KeyCall {
  const ttlMs = TEN_MINUTES;
  if (name === 'write') return { name, label, ttlMs, when };
  if (name === 'remove') return { name, when };
  if (name === 'touch') return { name, ttlMs, when: undefined };
  return name === 'add' ? { name, by: 1n, initial: 0n, ttlMs } : { name };
}

const NAMES: readonly string[] = ['one', 'two', 'three'];

function versionIn(outcome: Outcome<unknown> | undefined): Version | undefined {
  if (outcome?.ok !== true || typeof outcome.value !== 'object' || outcome.value === null) return undefined;
  return (outcome.value as Partial<Stored<unknown>>).version;
}
