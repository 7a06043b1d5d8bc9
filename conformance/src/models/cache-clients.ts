import type { CacheError } from '@cache/core';
import * as fc from 'fast-check';
import type { CacheBench, TestCache } from '../kit/cache-bench.ts';
import { run, sayAnswer, sayCall, sayError } from './cache-calls.ts';
import { type CacheCall, type CacheInput, cacheModel } from './cache-model.ts';
import type { Client, ClientCall } from './callers.ts';
import type { ClientRecord, History } from './history.ts';
import { type Operation, unexplained } from './linearize.ts';
import type { Scheduler } from './scheduler.ts';
import { withoutOne } from './search.ts';

export type CacheCallName = Exclude<CacheCall['name'], 'lookup' | 'ttl' | 'clear'>;

export interface CacheProgram {
  /** Whether the namespace is there and known to every cache, or the calls begin with learning it. */
  readonly known: boolean;
  /** The calls of each client. */
  readonly clients: readonly (readonly CacheCallName[])[];
}

export function cacheProgramsOf(names: readonly CacheCallName[]): fc.Arbitrary<CacheProgram> {
  const calls = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 });
  return fc.record({ known: fc.boolean(), clients: fc.array(calls, { minLength: 2, maxLength: 3 }) });
}

export function* shorterCachePrograms(program: CacheProgram): Generator<CacheProgram> {
  const { known, clients } = program;
  if (!known) yield { known: true, clients };
  for (const less of withoutOne(clients)) yield { known, clients: less };
  for (const [i, calls] of clients.entries()) {
    for (const less of withoutOne(calls)) yield { known, clients: clients.with(i, less) };
  }
}

const LIFE = { ttlMs: 600_000, graceMs: 0 };
const NAMES: readonly string[] = ['one', 'two', 'three'];

/** Several clients of one key, each with a cache in a process of its own, and the judgement of what they were told. */
export class CacheClients {
  readonly #bench: CacheBench;
  readonly #caches: readonly TestCache[];
  readonly #known: boolean;
  readonly clients: readonly Client<CacheCall>[];

  constructor(
    bench: CacheBench,
    root: string,
    { known, clients }: CacheProgram,
    scheduler: Pick<Scheduler<CacheCall>, 'gated'>,
  ) {
    this.#bench = bench;
    this.#known = known;
    this.#caches = clients.map((_, i) => {
      const adapter = scheduler.gated(bench.adapter, `cache ${i + 1}`);
      // A read that fails must not look like a miss.
      return bench.unwatched({ adapter, namespace: root, onReadFailure: 'throw' });
    });
    this.clients = this.#caches.map((cache, i) => {
      const calls = clients[i]?.map((name, nth) => () => callOf(cache, name, `v${i + 1}.${nth + 1}`)) ?? [];
      return { name: NAMES[i] ?? `client ${i + 1}`, calls };
    });
  }

  /** Makes the caches know the namespace, where they are to. */
  async begin(): Promise<void> {
    if (this.#known) for (const cache of this.#caches) await learn(cache);
  }

  /** Throws unless some order of the calls explains all answers. */
  judge({ calls }: History<CacheCall>): void {
    const model = cacheModel({ evicts: this.#bench.opened.evicts ?? false });
    const why = unexplained(model, calls.flatMap(operationOf));
    if (why !== undefined) throw new Error(why);
  }

  async end(): Promise<void> {
    await Promise.all(this.#caches.map((cache) => cache.close()));
  }
}

/** Leaves nothing behind but the record of the key's namespace, and that the cache has seen it. */
export async function learn(cache: TestCache): Promise<void> {
  await cache.set('k', 'to learn the namespace');
  await cache.delete('k');
}

function callOf(cache: TestCache, name: CacheCallName, label: string): ClientCall<CacheCall> {
  const input = inputOf(name, label);
  return {
    says: sayCall('k', input),
    input,
    run: () => run(cache, 'k', input),
    sayAnswer: (value) => sayAnswer(name, value),
  };
}

function inputOf(name: CacheCallName, label: string): CacheCall {
  switch (name) {
    case 'set':
    case 'add':
    case 'getAndSet':
    case 'getOrSet':
      return { name, label, life: LIFE };
    case 'touch':
      return { name, life: LIFE };
    case 'increment':
      return { name, by: 1 };
    default:
      return { name };
  }
}

function operationOf({
  client,
  says,
  input,
  begin,
  end,
  result,
}: ClientRecord<CacheCall>): Operation<CacheInput>[] {
  const operation = { who: client, says, input: { call: input, at: 0 }, begin };
  if (result === undefined) throw new Error(`${says} of ${client} did not settle`);
  if (result.status === 'fulfilled')
    return [{ ...operation, end, answer: sayAnswer(input.name, result.value) }];
  const { outcome, code } = result.reason as Partial<CacheError>;
  // Others changed the key again and again: a call may give up, where it did nothing.
  if (code === undefined) throw new Error(`${says} of ${client} failed: ${sayError(result.reason)}`);
  if (outcome === 'not-applied') return [];
  return [{ ...operation, end: outcome === 'applied' ? end : Number.POSITIVE_INFINITY, answer: undefined }];
}
