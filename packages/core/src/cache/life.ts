import { MAX_DURATION_MS, parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';
import type { LifeOptions } from './options.ts';

/** Defaults of a namespace, parsed. */
export interface LifeDefaults {
  readonly ttlMs: number | null;
  readonly graceMs: number;
}

/** The life of an entry: its instants in wall-clock ms, and what the server is told. */
export interface Life {
  readonly freshUntil: number;
  readonly keptUntil: number;
  readonly slidingMs: number;
  /** For the server, from now; null = no end. */
  readonly ttlMs: number | null;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The life that options ask for.
 * @throws CacheError `INVALID_TTL` for a duration or instant that is none, or `INVALID_OPTION` for two ends at once
 */
export function lifeOf(
  options: LifeOptions,
  defaults: LifeDefaults,
  now: number,
  random: () => number,
): Life {
  if (options.ttl !== undefined && options.expiresAt !== undefined) {
    throw new CacheError('INVALID_OPTION', 'give ttl or expiresAt, not both');
  }
  const graceMs = options.grace === undefined ? defaults.graceMs : parseGrace(options.grace);
  if (options.sliding !== undefined) return slidingLife(options, now);
  const freshUntil =
    options.expiresAt === undefined
      ? endOf(
          jittered(
            options.ttl === undefined ? defaults.ttlMs : parseTtl(options.ttl),
            options.jitter,
            random,
          ),
          now,
        )
      : parseInstant(options.expiresAt, now);
  const keptUntil = freshUntil + graceMs;
  return {
    freshUntil,
    keptUntil,
    slidingMs: 0,
    ttlMs: keptUntil === NEVER ? null : Math.ceil(keptUntil - now),
  };
}

/** A ttl in ms, null for no expiry. */
export function parseTtl(ttl: unknown): number | null {
  return ttl === null ? null : parseDuration(ttl, 'ttl');
}

/** A grace in ms, 0 for none. */
export function parseGrace(grace: unknown): number {
  return grace === null ? 0 : parseDuration(grace, 'grace');
}

/** The instant at which a life of so many ms ends. */
export function endOf(ttlMs: number | null, now: number): number {
  return ttlMs === null ? NEVER : now + ttlMs;
}

function jittered(ttlMs: number | null, jitter: unknown, random: () => number): number | null {
  if (jitter === undefined || ttlMs === null) return ttlMs;
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1)) {
    throw new CacheError('INVALID_OPTION', 'jitter must be a fraction from 0 to 1');
  }
  return Math.max(1, Math.ceil(ttlMs * (1 - jitter * random())));
}

function slidingLife(options: LifeOptions, now: number): Life {
  if (options.grace !== undefined && options.grace !== null)
    throw new CacheError('INVALID_OPTION', 'a sliding entry has no grace');
  const slidingMs = parseDuration(options.sliding, 'sliding');
  let cap = NEVER;
  if (options.expiresAt !== undefined) cap = parseInstant(options.expiresAt, now);
  else if (options.ttl !== undefined) cap = endOf(parseTtl(options.ttl), now);
  return { freshUntil: cap, keptUntil: cap, slidingMs, ttlMs: Math.ceil(Math.min(slidingMs, cap - now)) };
}

function parseInstant(instant: unknown, now: number): number {
  const at = instant instanceof Date ? instant.getTime() : instant;
  if (typeof at !== 'number' || !Number.isFinite(at)) {
    throw new CacheError('INVALID_TTL', 'expiresAt must be a valid Date or ms since 1970');
  }
  if (at <= now)
    throw new CacheError(
      'INVALID_TTL',
      `expiresAt ${at} is not in the future; to remove an entry, delete it`,
    );
  if (at - now > MAX_DURATION_MS)
    throw new CacheError('INVALID_TTL', 'expiresAt is over the limit of 100 years from now');
  return at;
}
