import type { Clock, Timer } from '../clock.ts';
import { type Duration, parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';

/** How often a line asks whether it has heard everything. */
export interface HeartbeatOptions {
  /** Default: 1 s. */
  readonly heartbeat?: Duration;
  /** How long copies count, at most, after the line fell silent; at least two heartbeats. Default: three of them. */
  readonly silence?: Duration;
}

export interface HeartbeatSettings {
  readonly heartbeatMs: number;
  readonly silenceMs: number;
}

const HEARTBEAT_MS = 1000;

/** @throws CacheError `INVALID_OPTION` or `INVALID_TTL` */
export function heartbeatSettings({ heartbeat, silence }: HeartbeatOptions): HeartbeatSettings {
  const heartbeatMs = heartbeat === undefined ? HEARTBEAT_MS : parseDuration(heartbeat, 'heartbeat');
  const silenceMs = silence === undefined ? 3 * heartbeatMs : parseDuration(silence, 'silence');
  if (silenceMs >= 2 * heartbeatMs) return { heartbeatMs, silenceMs };
  throw new CacheError('INVALID_OPTION', `silence must be two heartbeats at least, ${2 * heartbeatMs} ms`);
}

/** Beats until it is stopped, one beat after the other. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #beat: () => Promise<void>;
  #timer: Timer | undefined;
  #stopped = false;

  /** @param beat never rejects */
  constructor(clock: Clock, intervalMs: number, beat: () => Promise<void>) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#beat = beat;
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #next(): void {
    if (this.#stopped) return;
    this.#timer = this.#clock.schedule(() => {
      void this.#beat().then(() => this.#next());
    }, this.#intervalMs);
    this.#timer.unref();
  }
}
