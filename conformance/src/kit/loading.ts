import type { LoadContext, LoadOptions } from '@cache/core';
import { Gate } from '../faults/gate.ts';
import type { TestCache } from './cache-bench.ts';

/** A load that is under way. */
export interface UnderWay {
  /** Lets the loader bring its value; what the call answers. */
  finish(): Promise<unknown>;
  /** What the call answers. */
  readonly call: Promise<unknown>;
}

/** What is loaded, and how. */
export interface LoadingOptions extends LoadOptions {
  readonly key?: string;
  /** What the loader does with its context before it returns. */
  readonly notes?: (context: LoadContext) => void;
}

/** A load whose loader has begun and waits to be let go. */
export async function loading(
  cache: TestCache,
  value: unknown,
  { key = 'k', notes, ...options }: LoadingOptions = {},
): Promise<UnderWay> {
  const gate = new Gate();
  const loader = async (context: LoadContext): Promise<unknown> => {
    await gate.pass();
    notes?.(context);
    return value;
  };
  const call = cache.getOrSet(key, loader, options);
  call.catch(() => undefined);
  await Promise.race([gate.arrived(), call]);
  return {
    call,
    finish: () => {
      gate.open();
      return call;
    },
  };
}

/** A loader's notes that name a tag. */
export function naming(tag: string): (context: { setTags(tags: readonly string[]): void }) => void {
  return (context) => context.setTags([tag]);
}
