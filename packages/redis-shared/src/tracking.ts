import type { Tracked, Tracker, Tracking } from '@cache/core';
import { Track, type TrackOptions } from './track.ts';

/** Everything that is tracked through an adapter. */
export class RedisTracking implements Tracking {
  readonly #options: TrackOptions;
  readonly #tracks: Set<Track> = new Set();
  #closed = false;

  constructor(options: TrackOptions) {
    this.#options = options;
  }

  track(prefix: string, tracker: Tracker): Tracked {
    const track = new Track(prefix, tracker, this.#options);
    if (this.#closed) void track.close();
    else this.#tracks.add(track);
    return {
      confirm: (call) => track.confirm(call),
      close: async () => {
        this.#tracks.delete(track);
        await track.close();
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#tracks].map((track) => track.end()));
  }
}
