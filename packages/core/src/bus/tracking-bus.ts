import { answered } from '../cache/answered.ts';
import type { Clock } from '../clock.ts';
import type { Bus, BusLine, Ear } from '../contract/bus.ts';
import type { Tracked, Tracking } from '../contract/facets.ts';
import { CacheError } from '../error.ts';
import { Heartbeat, type HeartbeatOptions, type HeartbeatSettings, heartbeatSettings } from './heartbeat.ts';

/**
 * A bus that the server itself drives: it tells of every change of a key in one step with it, whoever makes it, programs
 * that do not know us and the end of lives included (Redis: CLIENT TRACKING in broadcast mode).
 * @param server the cache's own adapter, which has the facet `tracking`
 * @throws CacheError `INVALID_OPTION`
 */
export function trackingBus(
  server: { readonly name: string; readonly tracking: Tracking },
  options: HeartbeatOptions = {},
): Bus {
  const settings = heartbeatSettings(options);
  const { tracking } = server;
  if (tracking === undefined) {
    throw new CacheError('INVALID_OPTION', `trackingBus: the adapter ${server.name} has no facet tracking`);
  }
  return {
    name: `tracking of ${server.name}`,
    silenceMs: settings.silenceMs,
    tells: 'with-change',
    join: (root, ear, clock) => new TrackingLine(root, tracking, ear, clock, settings),
  };
}

class TrackingLine implements BusLine {
  readonly #ear: Ear;
  readonly #clock: Clock;
  readonly #settings: HeartbeatSettings;
  readonly #heartbeat: Heartbeat;
  readonly #tracked: Tracked;
  /** Counts the times that tracking began; undefined = it is not on. */
  #hearing: number | undefined;
  #beginnings = 0;
  #heardUntil: number = Number.NEGATIVE_INFINITY;

  constructor(root: string, tracking: Tracking, ear: Ear, clock: Clock, settings: HeartbeatSettings) {
    this.#ear = ear;
    this.#clock = clock;
    this.#settings = settings;
    this.#tracked = tracking.track(root, {
      hearing: () => {
        this.#deaf();
        this.#beginnings += 1;
        this.#hearing = this.#beginnings;
        void this.#ask();
      },
      lost: () => this.#deaf(),
      changed: (keys) => {
        if (keys === undefined) ear.missed();
        else ear.changed(keys);
      },
    });
    this.#heartbeat = new Heartbeat(clock, settings.heartbeatMs, () => this.#ask());
  }

  get heardUntil(): number {
    return this.#heardUntil;
  }

  async close(): Promise<void> {
    this.#heartbeat.stop();
    this.#deaf();
    await this.#tracked.close();
  }

  async #ask(): Promise<void> {
    const hearing = this.#hearing;
    if (hearing === undefined) return;
    const askedAt = this.#clock.monotonic();
    const deadline = askedAt + this.#settings.silenceMs;
    const [outcome] = await answered(1, 'confirm', async () => [await this.#tracked.confirm({ deadline })]);
    if (outcome?.ok && this.#hearing === hearing) this.#heardUntil = Math.max(this.#heardUntil, askedAt);
  }

  #deaf(): void {
    this.#hearing = undefined;
    this.#heardUntil = Number.NEGATIVE_INFINITY;
    this.#ear.missed();
  }
}
