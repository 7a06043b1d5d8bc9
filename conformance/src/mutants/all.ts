import { caching } from './caching.ts';
import { conditioning } from './conditioning.ts';
import { copying } from './copying.ts';
import { costing } from './costing.ts';
import { counting } from './counting.ts';
import { disrupting } from './disrupting.ts';
import { interleaving } from './interleaving.ts';
import { keying } from './keying.ts';
import { living } from './living.ts';
import { loadingMutants } from './loading.ts';
import { losing } from './losing.ts';
import { marking } from './marking.ts';
import type { Mutant } from './mutant.ts';
import { ordering } from './ordering.ts';
import { overtaking } from './overtaking.ts';
import { parting } from './parting.ts';
import { pinning } from './pinning.ts';
import { publishing } from './publishing.ts';
import { refusing } from './refusing.ts';
import { replicating } from './replicating.ts';
import { scanning } from './scanning.ts';
import { serving } from './serving.ts';
import { sweeping } from './sweeping.ts';
import { syncing } from './syncing.ts';
import { timing } from './timing.ts';
import { touching } from './touching.ts';
import { trackingMutants } from './tracking.ts';
import { writing } from './writing.ts';

/** Broken adapters and caches, each with the rules that must catch it: a kit that cannot fail proves nothing. */
export const mutants: readonly Mutant[] = [
  writing,
  conditioning,
  keying,
  timing,
  touching,
  counting,
  scanning,
  sweeping,
  serving,
  publishing,
  trackingMutants,
  living,
  disrupting,
  syncing,
  caching,
  overtaking,
  parting,
  pinning,
  interleaving,
  ordering,
  refusing,
  costing,
  loadingMutants,
  marking,
  copying,
  losing,
  replicating,
].flat();
