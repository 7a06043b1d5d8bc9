import type { CacheRule } from '../../rule.ts';
import { cost } from './cost.ts';
import { counters } from './counters.ts';
import { damage } from './damage.ts';
import { events } from './events.ts';
import { failures } from './failures.ts';
import { input } from './input.ts';
import { interleavings } from './interleavings.ts';
import { keys } from './keys.ts';
import { life } from './life.ts';
import { loads } from './loads.ts';
import { model } from './model.ts';
import { clears, namespaces } from './namespaces.ts';
import { options } from './options.ts';
import { order } from './order.ts';
import { orders } from './orders.ts';
import { peer } from './peer.ts';
import { results } from './results.ts';
import { scans } from './scans.ts';
import { servers } from './servers.ts';
import { traits } from './traits.ts';
import { values } from './values.ts';

/** What a cache promises over any adapter, subject by subject. */
export const cacheRules: readonly CacheRule[] = [
  values,
  results,
  input,
  options,
  life,
  loads,
  counters,
  namespaces,
  clears,
  keys,
  scans,
  order,
  interleavings,
  cost,
  failures,
  damage,
  traits,
  events,
  servers,
  peer,
  model,
  orders,
].flat();
