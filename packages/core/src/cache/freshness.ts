import type { EntryHead } from '../entry/entry.ts';
import type { LoadPlan } from './load-options.ts';
import type { Scope } from './scope.ts';

/** Whether anything is loaded anew while it is fresh. */
export function isEager({ refreshAt, beta }: LoadPlan): boolean {
  return refreshAt !== undefined || beta > 0;
}

/** Whether a fresh entry is to be loaded anew already, behind the hit. */
export function isDue<P>(scope: Scope<P>, payload: P, plan: LoadPlan): boolean {
  if (!isEager(plan)) return false;
  const { format } = scope.shared;
  return format.slidingMs(payload) === 0 && isAging(scope, format.head(payload), plan);
}

/** Whether something fresh that does not slide is old enough to be loaded anew. */
export function isAging<P>(
  { shared: { clock, random } }: Scope<P>,
  { createdAt, freshUntil, loadMs }: Pick<EntryHead, 'createdAt' | 'freshUntil' | 'loadMs'>,
  plan: LoadPlan,
): boolean {
  if (!isEager(plan) || freshUntil === Number.POSITIVE_INFINITY) return false;
  const { refreshAt, beta } = plan;
  const now = clock.now();
  if (refreshAt !== undefined && now >= createdAt + (freshUntil - createdAt) * refreshAt) return true;
  // XFetch: the logarithm of a random number is negative, so this looks ahead.
  return beta > 0 && now - loadMs * beta * Math.log(random()) >= freshUntil;
}
