import type { Outcome } from '@cache/core';

/** What a step looked at and what it changed: keys, sources, processes, by whatever names. */
export interface Footprint {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** Whether two steps come to the same in either order: neither changes what the other looks at or changes. */
export function areIndependent(one: Footprint, other: Footprint): boolean {
  return !meets(one.writes, other) && !meets(other.writes, one);
}

function meets(names: readonly string[], { reads, writes }: Footprint): boolean {
  return names.some((name) => reads.includes(name) || writes.includes(name));
}

export function union(...parts: readonly Footprint[]): Footprint {
  return {
    reads: parts.flatMap(({ reads }) => reads),
    writes: parts.flatMap(({ writes }) => writes),
  };
}

const ASKING: readonly string[] = ['read', 'remaining', 'page', 'report'];

/** Whether a call of an adapter may have changed something: one that its condition refused has only looked. */
export function hasChanged(name: string, answer: unknown): boolean {
  if (ASKING.includes(name)) return false;
  if (!Array.isArray(answer)) return true;
  return (answer as readonly Outcome<unknown>[]).some((outcome) => {
    if (!outcome.ok) return true;
    const value = outcome.value as boolean | { readonly written?: boolean } | undefined;
    return !(value === false || (typeof value === 'object' && value.written === false));
  });
}
