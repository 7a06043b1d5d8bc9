import { CacheError } from './error.ts';

type Unit = 'ms' | 's' | 'm' | 'h' | 'd';

/** Milliseconds, or a number with a unit: `'250ms'`, `'5s'`, `'10m'`, `'1h'`, `'7d'`. */
export type Duration = number | `${number}${Unit}`;

const UNIT_MS: Readonly<Record<Unit, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest finite life, 100 years: beyond it `null` is what is meant. */
export const MAX_DURATION_MS: number = 36_525 * UNIT_MS.d;

/**
 * A duration in whole ms, rounded up so that nothing lives shorter than asked.
 * @param name how the message calls it, such as `ttl`
 * @throws CacheError `INVALID_TTL` for 0, negative, NaN, infinite, a string without a known unit, or over 100 years
 */
export function parseDuration(value: unknown, name: string): number {
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? parseText(value) : Number.NaN;
  if (!(ms > 0) || ms > MAX_DURATION_MS) throw invalidDuration(value, name, ms);
  return Math.ceil(ms);
}

function parseText(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) return Number.NaN;
  const [, amount, unit] = match;
  return Number(amount) * UNIT_MS[unit as Unit];
}

function invalidDuration(value: unknown, name: string, ms: number): CacheError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
  const reason =
    ms > MAX_DURATION_MS
      ? 'is over the limit of 100 years (36525d); use null for no expiry'
      : "must be ms above 0, or text with a unit such as '250ms', '5s', '10m', '1h', '7d'";
  return new CacheError('INVALID_TTL', `${name} ${shown} ${reason}`);
}
