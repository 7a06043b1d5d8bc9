import type { FacetName } from '@cache/core';
import type { Bench } from './kit/bench.ts';
import type { CacheBench } from './kit/cache-bench.ts';

/** What a rule needs beyond the bare contract. Where it is not there, the rule is skipped, with the reason. */
export type Need =
  /** A store that holds more entries at once than most rules write. Asked for when it is opened, so never missed. */
  | 'room'
  | FacetName
  /** Counters of fractions. */
  | 'floats'
  /** Payloads in bytes. */
  | 'bytes'
  /** Some way to learn or to move the end of a life: `advance`, or the facet expiry. */
  | 'life'
  | 'advance'
  /** The harness cannot move time, so that it must really pass. */
  | 'real-time'
  /** Some way to end a life at once: `expireNow` or `advance`. */
  | 'expire'
  | 'freeze'
  | 'cut'
  | 'down'
  /** The harness can keep replicas from following, which there are. */
  | 'lag'
  /** The harness can lose a key on the server. */
  | 'lose'
  /** The harness can put the server back to an earlier state. */
  | 'snapshot'
  /** The harness can make the store short of room. */
  | 'press'
  /** Another adapter of the same server. */
  | 'peer';

/** One sentence of the contract and the test that proves it. */
export interface Rule<B, N extends string = Need> {
  /** Stable, such as `write/replaces-ttl`. */
  readonly id: string;
  /** The same sentence as in CONTRACT.md. */
  readonly says: string;
  readonly needs: readonly N[];
  /** Rejects if the rule is broken. */
  run(bench: B): Promise<unknown>;
}

export type AdapterRule = Rule<Bench>;
export type CacheRule = Rule<CacheBench>;

/** Makes a list of rules of one group: ids get its name. */
export function group<B, N extends string = Need>(
  name: string,
  rules: Readonly<Record<string, readonly [says: string, ...rest: RuleRest<B, N>]>>,
): Rule<B, N>[] {
  return Object.entries(rules).map(([id, [says, ...rest]]) => {
    const run = rest[rest.length - 1] as Rule<B, N>['run'];
    const needs = rest.slice(0, -1) as N[];
    return { id: `${name}/${id}`, says, needs, run };
  });
}

type RuleRest<B, N extends string> = readonly [...needs: N[], run: (bench: B) => Promise<unknown>];
