import { equal } from 'node:assert/strict';
import type { Condition, Outcome, Stored } from '@cache/core';
import { type Bench, TEN_MINUTES } from '../kit/bench.ts';
import { within } from '../kit/check.ts';
import { type Arguments, callWith } from './adapter-calls.ts';
import { type ItemPlan, KEYS, type MethodPlan, type StepPlan, type WhenPlan } from './adapter-steps.ts';
import { type KeyCall, type KeyInput, type KeyState, keyModel, type Token, type When } from './key-model.ts';
import { Labels } from './labels.ts';
import { Possible } from './model.ts';
import { Surprise } from './search.ts';

/** A token of the model and the version that it stands for. */
interface Learnt extends Token {
  readonly version: Stored<unknown>['version'];
}

interface Slot {
  readonly key: string;
  readonly name: string;
  readonly possible: Possible<KeyState, KeyInput>;
  readonly learnt: Learnt[];
}

/** One item as the adapter gets it and as the model does. */
interface Item {
  readonly slot: Slot;
  readonly call: KeyCall;
  readonly says: string;
  readonly given: Arguments;
}

/** Runs one sequence of calls on an adapter, and compares each answer with what the model permits. */
export class AdapterRun {
  readonly #bench: Bench;
  readonly #slots: readonly Slot[];
  readonly #labels: Labels;
  readonly #history: string[] = [];
  #now = 0;
  #step = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#labels = new Labels(bench);
    const model = keyModel({
      resolutionMs: bench.adapter.limits.ttlResolutionMs,
      slackMs: bench.advances ? 0 : 60_000,
      evicts: bench.opened.evicts ?? false,
    });
    this.#slots = bench.keys(KEYS).map((key, i) => {
      return { key, name: 'abc'[i] ?? key, possible: new Possible(model), learnt: [] };
    });
  }

  async run(steps: readonly StepPlan[]): Promise<void> {
    for (const step of steps) {
      this.#step += 1;
      if (step.do === 'batch') await this.#batch(step.method, step.items);
      else if (step.do === 'advance') await this.#advance(step.ms);
      else await this.#expire(this.#slot(step.key));
    }
    // What a step left behind in silence comes to light at the latest here.
    this.#step += 1;
    await this.#batch('read', this.#slots.map(readOf));
  }

  async #advance(ms: number): Promise<void> {
    await this.#bench.advance(ms);
    this.#now += ms;
    this.#history.push(`${ms} ms pass`);
  }

  async #expire({ key, name, possible }: Slot): Promise<void> {
    await this.#bench.expire(key, TEN_MINUTES);
    possible.take(this.#input({ name: 'expire' }), 'ended');
    this.#history.push(`the life of ${name} ends`);
  }

  async #batch(method: MethodPlan, plans: readonly ItemPlan[]): Promise<void> {
    const items = plans.map((plan) => this.#item(method, plan));
    const given = items.map((item) => item.given);
    const answer = callWith(this.#bench.adapter, method, given, this.#bench.call());
    const outcomes = await within(this.#bench.patienceMs + 2000, method, answer);
    equal(
      outcomes.length,
      items.length,
      `${method} answered ${outcomes.length} outcomes for ${items.length} items`,
    );
    const lines: string[] = [];
    let surprise = '';
    items.forEach(({ slot, call, says }, i) => {
      const answered = this.#labels.inWords(outcomes[i]);
      const permitted = slot.possible.take(this.#input(call), answered);
      lines.push(`${says} → ${answered}`);
      if (permitted !== undefined) surprise ||= `${says} answered ${answered}, permitted: ${permitted}`;
      this.#learn(slot, call, outcomes[i]);
    });
    this.#history.push(`${items.length > 1 ? 'in one batch: ' : ''}${lines.join('; ')}`);
    if (surprise !== '') throw new Surprise(surprise, this.#history);
  }

  #item(method: MethodPlan, { key: index, ttlMs, when: plan, by }: ItemPlan): Item {
    const slot = this.#slot(index);
    const { key, name } = slot;
    const life = ttlMs === null ? 'without end' : `for ${ttlMs} ms`;
    const { when, condition, says } = this.#condition(method, slot, plan);
    const initial = 10n;
    const given = { key, payload: undefined, ttlMs, condition, by, initial };
    switch (method) {
      case 'read':
      case 'remaining':
        return { slot, given, call: { name: method }, says: `${method} ${name}` };
      case 'add': {
        const call = { name: method, by, initial, ttlMs };
        return { slot, given, call, says: `add ${by} to ${name}, from ${initial}, ${life}` };
      }
      case 'remove':
        return { slot, given, call: { name: method, when }, says: `remove ${name}${says}` };
      case 'write': {
        const label = `v${this.#labels.size + 1}`;
        const payload = this.#labels.make(label);
        const call = { name: method, label, ttlMs, when };
        return { slot, given: { ...given, payload }, call, says: `write ${name} = ${label} ${life}${says}` };
      }
      default:
        return { slot, given, call: { name: method, ttlMs, when }, says: `${method} ${name} ${life}${says}` };
    }
  }

  #condition(
    method: MethodPlan,
    slot: Slot,
    plan: WhenPlan,
  ): { when: When; condition: Condition | undefined; says: string } {
    const none = { when: undefined, condition: undefined, says: '' };
    if (plan === 'always') return none;
    if (typeof plan === 'string') {
      return method === 'write' ? { when: plan, condition: plan, says: ` if ${plan}` } : none;
    }
    const other = this.#slots[(this.#slots.indexOf(slot) + 1) % KEYS] ?? slot;
    const from = plan.ofOtherKey ? other : slot;
    const token = from.learnt.at(-1 - (plan.back % Math.max(1, from.learnt.length)));
    if (token === undefined) return none;
    const { version, label, learnt } = token;
    const when = { ...token, foreign: plan.ofOtherKey };
    return { when, condition: { version }, says: ` if it is ${label}, as learnt in ${learnt}` };
  }

  #slot(index: number): Slot {
    const slot = this.#slots[index % KEYS];
    if (slot === undefined) throw new RangeError(`no key ${index}`);
    return slot;
  }

  #input(call: KeyCall): KeyInput {
    return { call, at: this.#now, step: this.#step };
  }

  #learn({ learnt }: Slot, call: KeyCall, outcome: Outcome<unknown> | undefined): void {
    if (outcome?.ok !== true || typeof outcome.value !== 'object' || outcome.value === null) return;
    const { value } = outcome as { value: Partial<Stored<unknown>> };
    const label = call.name === 'write' ? call.label : this.#labels.inWords(outcome);
    if (value.version === undefined || !this.#labels.has(label)) return;
    learnt.push({ label, version: value.version, learnt: this.#step });
  }
}

function readOf(_slot: Slot, key: number): ItemPlan {
  return { key, ttlMs: null, when: 'always', by: 0n };
}
