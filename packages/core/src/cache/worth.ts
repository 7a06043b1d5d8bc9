import type { Clock } from '../clock.ts';
import { ENTRY_KIND, type EntryFormat } from '../entry/entry.ts';
import type { ServerKey } from '../key.ts';
import { TurnTime } from '../turn-time.ts';
import type { Budget } from './budget.ts';
import type { Markers } from './markers.ts';

/**
 * What a read found. `dead` is something that every operation takes for absent: of an older epoch, past its life,
 * invalidated by a tag, of another kind or another key's, or not ours. A write over it must name its version.
 */
export type State = 'absent' | 'dead' | 'stale' | 'fresh';

/** Says what stored payloads of one namespace are worth, by its record, its markers and the time. */
export class Worth<P> {
  readonly #format: EntryFormat<P>;
  readonly #markers: Markers<P>;
  readonly #wall: TurnTime;

  constructor(format: EntryFormat<P>, markers: Markers<P>, clock: Clock) {
    this.#format = format;
    this.#markers = markers;
    this.#wall = new TurnTime(clock, 'now');
  }

  /**
   * What a stored payload is worth under the record of the same moment; undefined = its tags must be read to know, by
   * `settle`.
   */
  stateOf(
    serverKey: ServerKey,
    key: string,
    payload: P | undefined,
    record: P | undefined,
  ): State | undefined {
    if (payload === undefined) return 'absent';
    const format = this.#format;
    if (!format.recognizes(payload) || format.kind(payload) !== ENTRY_KIND.value) return 'dead';
    if (record === undefined || !format.recognizes(record) || !format.sameEpoch(payload, record))
      return 'dead';
    if (serverKey.hashed && format.hashedKey(payload) !== key) return 'dead';
    const state = this.#stateNow(payload);
    if (state === 'dead' || format.tagCount(payload) === 0) return state;
    const verdict = this.#markers.judge(payload, record);
    return verdict === 'unknown' ? undefined : this.#judged(state, payload, verdict);
  }

  /** The state of an entry whose tags are not known yet. One round trip. */
  async settle(payload: P, record: P, budget: Budget): Promise<State> {
    const verdict = await this.#markers.settle(payload, record, budget);
    return this.#judged(this.#stateNow(payload), payload, verdict);
  }

  #stateNow(payload: P): State {
    const now = this.#wall.now();
    if (now < this.#format.freshUntil(payload)) return 'fresh';
    return now < this.#format.keptUntil(payload) ? 'stale' : 'dead';
  }

  #judged(state: State, payload: P, verdict: 'valid' | 'expired' | 'deleted'): State {
    if (verdict === 'valid') return state;
    // An entry without grace has none when it is made stale, either.
    const graced = this.#format.keptUntil(payload) > this.#format.freshUntil(payload);
    return verdict === 'expired' && graced ? 'stale' : 'dead';
  }
}
