import { FACETS, type FacetName } from '@cache/core';
import type { Opened } from './harness.ts';
import type { Need } from './rule.ts';

/** Why a rule cannot be asked of what was opened; undefined = it can. */
export function unmet(needs: readonly Need[], opened: Opened): string | undefined {
  for (const need of needs) {
    const reason = isFacet(need) ? withoutFacet(need, opened) : withoutAbility(need, opened);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function isFacet(need: Need): need is FacetName {
  return (FACETS as readonly string[]).includes(need);
}

function withoutFacet(facet: FacetName, { adapter }: Opened): string | undefined {
  return adapter[facet] === undefined ? `the adapter has no facet ${facet}` : undefined;
}

function withoutAbility(need: Exclude<Need, FacetName>, opened: Opened): string | undefined {
  const { adapter, disrupt } = opened;
  const advances = opened.advance !== undefined || opened.clock !== undefined;
  switch (need) {
    case 'room':
      return undefined;
    case 'floats':
      if (adapter.counters === undefined) return 'the adapter has no facet counters';
      return 'addFloat' in adapter.counters ? undefined : 'the counters take no fractions';
    case 'bytes':
      return adapter.payload === 'bytes' ? undefined : 'payloads are references, not bytes';
    case 'life':
      return advances || adapter.expiry !== undefined || opened.remaining !== undefined
        ? undefined
        : 'the harness can neither move time nor tell what is left of a life, and the adapter has no facet expiry';
    case 'advance':
      return advances ? undefined : 'the harness cannot move time';
    case 'real-time':
      return advances ? 'the harness moves time, so none needs to pass' : undefined;
    case 'expire':
      return advances || opened.expireNow !== undefined
        ? undefined
        : 'the harness can neither move time nor end a life';
    case 'freeze':
      return disrupt?.freeze && disrupt.thaw ? undefined : 'the harness cannot freeze the server';
    case 'cut':
      return disrupt?.cut ? undefined : 'the harness cannot cut connections';
    case 'down':
      return disrupt?.down && disrupt.up ? undefined : 'the harness cannot take the server down';
    case 'lag':
      if (adapter.hasReplicas !== true) return 'the adapter has no replicas';
      return disrupt?.lag && disrupt.catchUp ? undefined : 'the harness cannot keep replicas from following';
    case 'lose':
      return opened.lose ? undefined : 'the harness cannot lose a key on the server';
    case 'snapshot':
      return opened.snapshot ? undefined : 'the harness cannot put the server back to an earlier state';
    case 'press':
      return opened.press ? undefined : 'the harness cannot make the store short of room';
    case 'peer':
      return opened.peer ? undefined : 'the harness opens no other adapter of the server';
  }
}
