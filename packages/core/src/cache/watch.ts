import type { Clock } from '../clock.ts';
import type { Version } from '../contract/adapter.ts';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;

/** Watches what somebody else holds, on the own clock: what is not renewed within its length has been given up. */
export class Watch {
  readonly #clock: Clock;
  #version: Version | undefined;
  #since = 0;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether one version has been seen for the whole of its length. */
  ended(version: Version | undefined, lengthMs: number): boolean {
    const now = this.#clock.monotonic();
    if (!sameVersion(version, this.#version)) {
      this.#version = version;
      this.#since = now;
    }
    return now - this.#since >= lengthMs;
  }

  /** Waits a little, longer each time. */
  pause(): Promise<void> {
    const ms = this.#pauseMs;
    this.#pauseMs = Math.min(2 * ms, LONGEST_PAUSE_MS);
    return new Promise((resolve) => this.#clock.schedule(resolve, ms));
  }
}

/** Whether two versions are one. */
export function sameVersion(one: Version | undefined, other: Version | undefined): boolean {
  if (!(one instanceof Uint8Array) || !(other instanceof Uint8Array)) return one === other;
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
