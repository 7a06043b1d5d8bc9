import type { StoreBench } from '../../kit/store-bench.ts';
import type { Rule } from '../../rule.ts';
import { fences } from './fences.ts';
import { manyAtOnce } from './many.ts';
import { singly } from './singly.ts';

/** What a rule needs: a method that a store may have, that it says that it is fenced, or something of the harness. */
export type StoreNeed = 'fenced' | 'texts' | 'refused' | 'getMany' | 'setMany' | 'deleteMany';

export type StoreRule = Rule<StoreBench, StoreNeed>;

/** What a source of truth owes the strategies. */
export const storeRules: readonly StoreRule[] = [singly, manyAtOnce, fences].flat();
