import { caching } from './caching.ts';
import { counting } from './counting.ts';
import { keying } from './keying.ts';
import { living, syncing } from './living.ts';
import type { Mutant } from './mutant.ts';
import { timing } from './timing.ts';
import { writing } from './writing.ts';

/** Broken adapters and caches, each with the rules that must catch it: a kit that cannot fail proves nothing. */
export const mutants: readonly Mutant[] = [
  writing,
  keying,
  timing,
  counting,
  living,
  syncing,
  caching,
].flat();
