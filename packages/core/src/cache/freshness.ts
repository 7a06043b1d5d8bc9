import type { LoadPlan } from './load-options.ts';
import type { Scope } from './scope.ts';

/** Whether a fresh entry is to be loaded anew already, behind the hit. */
export function isDue<P>({ shared }: Scope<P>, payload: P, { refreshAt, beta }: LoadPlan): boolean {
  if (refreshAt === undefined && beta === 0) return false;
  const { format, clock, random } = shared;
  const freshUntil = format.freshUntil(payload);
  if (freshUntil === Number.POSITIVE_INFINITY || format.slidingMs(payload) > 0) return false;
  const now = clock.now();
  const { createdAt, loadMs } = format.head(payload);
  if (refreshAt !== undefined && now >= createdAt + (freshUntil - createdAt) * refreshAt) return true;
  // XFetch: the logarithm of a random number is negative, so this looks ahead.
  return beta > 0 && now - loadMs * beta * Math.log(random()) >= freshUntil;
}
