import type { CacheBench, TestCache } from '../kit/cache-bench.ts';
import { within } from '../kit/check.ts';
import { withParts } from '../kit/wrap.ts';
import { answerOf, sayAnswer, sayCall, sayError } from './cache-calls.ts';
import { type CacheCall, type CacheInput, type CacheState, cacheModel } from './cache-model.ts';
import { CACHE_KEYS, CACHES, type CacheStep, type CallPlan, SPACES } from './cache-steps.ts';
import { Possible } from './model.ts';
import { Surprise } from './search.ts';

/** One call of one key, and where its answer is to be found. */
interface Asked {
  readonly key: string;
  readonly call: CacheCall;
}

type State = Possible<CacheState, CacheInput>;

/** Runs one sequence of calls on caches over one store, and compares each answer with what the model permits. */
export class CacheRun {
  readonly #bench: CacheBench;
  readonly #caches: readonly TestCache[];
  /** By namespace and key. */
  readonly #states: readonly ReadonlyMap<string, State>[];
  readonly #history: string[] = [];
  #labels = 0;
  #now = 0;

  constructor(bench: CacheBench, root: string) {
    this.#bench = bench;
    // Another adapter object is to core another process: nothing is shared but the store.
    const adapters = [bench.adapter, bench.adapter, withParts(bench.adapter, {})];
    this.#caches = adapters.map((adapter) => bench.unwatched({ adapter, namespace: root }));
    const model = cacheModel({
      resolutionMs: bench.adapter.limits.ttlResolutionMs,
      evicts: bench.opened.evicts ?? false,
    });
    this.#states = SPACES.map(() => new Map(CACHE_KEYS.map((key) => [key, new Possible(model)])));
  }

  async run(steps: readonly CacheStep[]): Promise<void> {
    try {
      for (const step of steps) {
        if (step.do === 'calls') await this.#calls(step);
        else await this.#advance(step.ms);
      }
      const keys = CACHE_KEYS.map((_, i) => i);
      const life = { ttlMs: null, graceMs: 0 };
      // What a step left behind in silence comes to light at the latest here, and to whoever saw least.
      for (const [cache, space] of [
        [2, 0],
        [2, 1],
        [0, 0],
      ] as const) {
        await this.#calls({ do: 'calls', cache, space, calls: [{ name: 'getMany', keys, life }] });
      }
    } finally {
      for (const cache of this.#caches) await within(this.#bench.patienceMs, 'close', cache.close());
    }
  }

  async #advance(ms: number): Promise<void> {
    await this.#bench.advance(ms);
    this.#now += ms;
    this.#history.push(`${ms} ms pass`);
  }

  async #calls({ cache: index, space, calls }: Extract<CacheStep, { do: 'calls' }>): Promise<void> {
    const root = this.#caches[index];
    const states = this.#states[space];
    if (root === undefined || states === undefined) throw new RangeError('no such cache');
    const name = SPACES[space] ?? '';
    const cache = name === '' ? root : (root.namespace(name) as unknown as TestCache);
    const planned = calls.map((plan) => this.#plan(plan));
    // Several calls that do not wait keep their order only where the cache knows the namespace as it is now.
    if (calls.length > 1) await Promise.all(CACHE_KEYS.map((key) => answerOf(cache, key, { name: 'has' })));
    const answered = await this.#answered(cache, calls, planned);
    const lines: string[] = [];
    let surprise = '';
    for (const [i, asked] of planned.entries()) {
      const says = asked.map(({ key, call }) => sayCall(key, call)).join(' and ');
      lines.push(`${says} → ${answered[i]?.join(' and ')}`);
      for (const [j, { key, call }] of asked.entries()) {
        const answer = answered[i]?.[j] ?? 'nothing at all';
        const concerned = call.name === 'clear' ? [...states.values()] : [states.get(key)];
        for (const state of concerned) {
          const permitted = state?.take({ call, at: this.#now }, answer);
          if (permitted !== undefined)
            surprise ||= `${sayCall(key, call)} answered ${answer}, permitted: ${permitted}`;
        }
      }
    }
    const where = `${CACHES[index]}${name === '' ? '' : `, namespace ${name}`}`;
    this.#history.push(`${where}: ${lines.join('; without waiting, ')}`);
    if (surprise !== '') throw new Surprise(surprise, this.#history);
  }

  /** The answers to all calls of a step, which are made at once. */
  async #answered(
    cache: TestCache,
    calls: readonly CallPlan[],
    planned: readonly (readonly Asked[])[],
  ): Promise<string[][]> {
    const answers: Promise<string[]>[] = [];
    for (const [i, plan] of calls.entries()) {
      const answer = this.#answers(cache, plan, planned[i] ?? []);
      answers.push(answer);
      // Where the record may go at any time, calls that do not wait have no order.
      if (this.#bench.opened.evicts) await answer;
    }
    return await within(this.#bench.patienceMs + 2000, 'a call', Promise.all(answers));
  }

  /** The calls that a plan stands for, one a key. */
  #plan({ name, keys, life }: CallPlan): Asked[] {
    const single = singleOf(name);
    const all = single === name ? keys.slice(0, 1) : keys;
    return all.map((index) => {
      const key = CACHE_KEYS[index] ?? '';
      switch (single) {
        case 'set':
        case 'add':
        case 'getAndSet':
        case 'getOrSet':
          this.#labels += 1;
          return { key, call: { name: single, label: `v${this.#labels}`, life } };
        case 'touch':
          return { key, call: { name: single, life } };
        case 'increment':
          return { key, call: { name: single, by: 1 + index } };
        default:
          return { key, call: { name: single } };
      }
    });
  }

  async #answers(cache: TestCache, { name }: CallPlan, asked: readonly Asked[]): Promise<string[]> {
    const keys = asked.map(({ key }) => key);
    try {
      switch (name) {
        case 'getMany':
          return (await cache.getMany(keys)).map((value) => sayAnswer('get', value));
        case 'deleteMany':
        case 'expireMany':
          return (await cache[name](keys)).map(String);
        case 'setMany': {
          const entries = asked.map(({ key, call }) => entryOf(key, call));
          await cache.setMany(entries);
          return asked.map(() => 'done');
        }
        default:
          return await Promise.all(asked.map(({ key, call }) => answerOf(cache, key, call)));
      }
    } catch (error) {
      return asked.map(() => sayError(error));
    }
  }
}

/** The method of one key that one of many keys stands for. */
function singleOf(name: CallPlan['name']): CacheCall['name'] {
  switch (name) {
    case 'getMany':
      return 'get';
    case 'setMany':
      return 'set';
    case 'deleteMany':
      return 'delete';
    case 'expireMany':
      return 'expire';
    default:
      return name;
  }
}

function entryOf(key: string, call: CacheCall): [string, unknown, { ttl: number | null; grace?: number }] {
  if (!('label' in call)) throw new RangeError(`${call.name} writes nothing`);
  const { ttlMs, graceMs } = call.life;
  return [key, call.label, graceMs > 0 ? { ttl: ttlMs, grace: graceMs } : { ttl: ttlMs }];
}
