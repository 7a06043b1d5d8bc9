import type { Call, Condition, Outcome, VersionCondition } from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import type { MethodPlan } from './adapter-steps.ts';

/** All that an item of any method may need. */
export interface Arguments {
  readonly key: string;
  readonly payload: unknown;
  readonly ttlMs: number | null;
  readonly condition: Condition | undefined;
  readonly by: bigint;
  readonly initial: bigint;
}

/** Calls a method, of a facet too, with what it takes of these arguments. */
export async function callWith(
  adapter: TestAdapter,
  method: MethodPlan,
  items: readonly Arguments[],
  call: Call,
): Promise<Outcome<unknown>[]> {
  const { expiry, counters } = adapter;
  const keys = items.map(({ key }) => key);
  switch (method) {
    case 'read':
      return await adapter.read(keys, call);
    case 'write': {
      const writes = items.map(({ key, payload, ttlMs, condition: when }) => {
        return when === undefined ? { key, payload, ttlMs } : { key, payload, ttlMs, when };
      });
      return await adapter.write(writes, call);
    }
    case 'remove':
      return await adapter.remove(
        items.map(({ key, condition }) => ({ key, ...onVersion(condition) })),
        call,
      );
    case 'touch':
      return await adapter.touch(items.map(touchOf), call);
    case 'remaining':
      return (await expiry?.remaining(keys, call)) ?? [];
    case 'readAndTouch':
      return (await expiry?.readAndTouch(items.map(touchOf), call)) ?? [];
    case 'add':
      return (
        (await counters?.add(
          items.map(({ key, by, initial, ttlMs }) => ({ key, by, initial, ttlMs })),
          call,
        )) ?? []
      );
  }
}

function touchOf({ key, ttlMs, condition }: Arguments): {
  key: string;
  ttlMs: number | null;
  when?: VersionCondition;
} {
  return { key, ttlMs, ...onVersion(condition) };
}

function onVersion(condition: Condition | undefined): { when?: VersionCondition } {
  return typeof condition === 'object' ? { when: condition } : {};
}
