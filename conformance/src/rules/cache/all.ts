import type { CacheRule } from '../../rule.ts';
import { breaker } from './breaker.ts';
import { bus } from './bus.ts';
import { copies } from './copies.ts';
import { copyReaders } from './copy-readers.ts';
import { cost } from './cost.ts';
import { counters } from './counters.ts';
import { damage } from './damage.ts';
import { events } from './events.ts';
import { failures } from './failures.ts';
import { freshness } from './freshness.ts';
import { guarantees } from './guarantees.ts';
import { input } from './input.ts';
import { interleavings } from './interleavings.ts';
import { invalidating } from './invalidating.ts';
import { keys } from './keys.ts';
import { leaseFills } from './lease-fills.ts';
import { leaseRenewals } from './lease-renewals.ts';
import { leases } from './leases.ts';
import { life } from './life.ts';
import { loads } from './loads.ts';
import { losses } from './loss.ts';
import { manyLoads } from './many-loads.ts';
import { model } from './model.ts';
import { clears, namespaces } from './namespaces.ts';
import { options } from './options.ts';
import { order } from './order.ts';
import { orders } from './orders.ts';
import { patternRemovals } from './pattern-removals.ts';
import { peer } from './peer.ts';
import { policies } from './policies.ts';
import { queue } from './queue.ts';
import { races } from './races.ts';
import { reentrant } from './reentrant.ts';
import { replicaDecisions } from './replica-decisions.ts';
import { replicas } from './replicas.ts';
import { results } from './results.ts';
import { scans } from './scans.ts';
import { schemas } from './schema.ts';
import { servers } from './servers.ts';
import { slowLoads } from './slow-loads.ts';
import { tagMarkers } from './tag-markers.ts';
import { tags } from './tags.ts';
import { traits } from './traits.ts';
import { values } from './values.ts';
import { warm } from './warm.ts';
import { wraps } from './wrap.ts';

/** What a cache promises over any adapter, subject by subject. */
export const cacheRules: readonly CacheRule[] = [
  values,
  results,
  input,
  options,
  life,
  loads,
  leases,
  leaseFills,
  leaseRenewals,
  freshness,
  slowLoads,
  manyLoads,
  warm,
  wraps,
  invalidating,
  reentrant,
  schemas,
  policies,
  breaker,
  tags,
  tagMarkers,
  counters,
  namespaces,
  clears,
  keys,
  scans,
  patternRemovals,
  order,
  interleavings,
  cost,
  failures,
  queue,
  damage,
  losses,
  traits,
  events,
  servers,
  peer,
  copies,
  copyReaders,
  bus,
  replicas,
  replicaDecisions,
  guarantees,
  model,
  orders,
  races,
].flat();
