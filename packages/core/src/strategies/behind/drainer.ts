import type { Clock, Timer } from '../../clock.ts';
import type { Backoff } from './backoff.ts';
import type { Finisher } from './finisher.ts';
import type { Lane, PendingWrite } from './lane.ts';
import type { BehindPlan } from './options.ts';
import type { Progress } from './progress.ts';
import type { Source } from './source.ts';
import type { WriteQueue } from './write-queue.ts';
import type { RecordFormat } from './write-record.ts';

/**
 * Brings what is queued to the source. After a failure, and until something succeeds, it is taken to be down: one single
 * write at a time probes it, at growing pauses, and no failure counts against a write more than once. What failed before
 * and what was not tried yet have pauses of their own, so that writes which the source refuses do not hold up others.
 */
export class Drainer<K, V> {
  readonly #queue: WriteQueue<K>;
  readonly #source: Source<K, V>;
  readonly #finisher: Finisher<K>;
  readonly #plan: BehindPlan<K, V>;
  readonly #format: RecordFormat<K, V>;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #progress: Progress;
  readonly #fence: number;
  #running = false;
  #underWay = 0;
  /** Failures since the source took something. */
  #failures = 0;
  /** Of these, those of writes that had not failed before. */
  #freshFailures = 0;
  #probeAgainAt = 0;
  #probeFreshAt = 0;
  #taken = 0;
  #failed = 0;
  #dead = 0;
  /** How many of what could be sent have waited enough, since together they filled a batch. */
  #burst = 0;
  /** While somebody waits for everything nothing waits for a batch to fill. */
  #hurries = 0;
  #timer: Timer | undefined;

  constructor(parts: {
    readonly queue: WriteQueue<K>;
    readonly source: Source<K, V>;
    readonly finisher: Finisher<K>;
    readonly plan: BehindPlan<K, V>;
    readonly format: RecordFormat<K, V>;
    readonly backoff: Backoff;
    readonly progress: Progress;
    readonly fence: number;
  }) {
    this.#queue = parts.queue;
    this.#source = parts.source;
    this.#finisher = parts.finisher;
    this.#plan = parts.plan;
    this.#format = parts.format;
    this.#clock = parts.plan.clock;
    this.#backoff = parts.backoff;
    this.#progress = parts.progress;
    this.#fence = parts.fence;
  }

  get counts(): { readonly written: number; readonly failed: number; readonly dead: number } {
    return { written: this.#taken, failed: this.#failed, dead: this.#dead };
  }

  start(): void {
    this.#running = true;
    this.pump();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#source.abort();
    this.#finisher.stop();
  }

  /** Lets nothing wait for a batch to fill, until the function that it returns is called. */
  hurry(): () => void {
    this.#hurries += 1;
    this.pump();
    return () => {
      this.#hurries -= 1;
    };
  }

  /** Sends what is due, and sees to it that it is called again when more will be. */
  pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#running) return;
    const { count, bytes } = this.#plan.batch;
    const { ready } = this.#queue;
    if (ready.count >= count || ready.bytes >= bytes) this.#burst = ready.count;
    while (this.#underWay < this.#most()) {
      const from = this.#due(this.#clock.monotonic());
      if (from === undefined) break;
      const lanes = this.#queue.take(from, (operation) => this.#count(operation), bytes);
      this.#burst = Math.max(0, this.#burst - lanes.length);
      void this.#send(lanes);
    }
    const next = this.#nextAt(this.#clock.monotonic());
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.schedule(() => this.pump(), Math.max(1, next - this.#clock.monotonic()));
  }

  #most(): number {
    return this.#failures > 0 ? 1 : this.#plan.parallel;
  }

  #count(operation: 'set' | 'delete'): number {
    return this.#failures === 0 && this.#source.takesMany(operation) ? this.#plan.batch.count : 1;
  }

  /** What is to be sent now: of what failed before, or of what was not tried yet. */
  #due(now: number): 'again' | 'fresh' | undefined {
    this.#queue.wake(now);
    if (this.#freshAt(now) <= now && this.#failures > 0) return 'fresh';
    if (this.#againAt(now) <= now) return 'again';
    return this.#freshAt(now) <= now ? 'fresh' : undefined;
  }

  /** When there may be something to do without anybody's asking. */
  #nextAt(now: number): number {
    if (this.#underWay >= this.#most()) return Number.POSITIVE_INFINITY;
    return Math.min(this.#freshAt(now), this.#againAt(now));
  }

  #againAt(now: number): number {
    const at = this.#queue.hasAgain ? now : this.#queue.retryAt;
    return this.#failures > 0 ? Math.max(at, this.#probeAgainAt) : at;
  }

  #freshAt(now: number): number {
    const { freshSince } = this.#queue;
    if (freshSince === undefined) return Number.POSITIVE_INFINITY;
    const hasToGo = this.#hurries > 0 || this.#burst > 0;
    const at = hasToGo ? now : freshSince + this.#plan.batch.intervalMs;
    return this.#failures > 0 ? Math.max(at, this.#probeFreshAt) : at;
  }

  async #send(lanes: readonly Lane<K>[]): Promise<void> {
    this.#underWay += 1;
    const writes = lanes.flatMap(({ sent }) => (sent === undefined ? [] : [sent]));
    try {
      await this.#source.write(writes, this.#fence);
      if (this.#running) this.#took(lanes);
    } catch (error) {
      this.#failed += 1;
      if (this.#running) await this.#refused(lanes, error);
    }
    this.#underWay -= 1;
    this.pump();
  }

  #took(lanes: readonly Lane<K>[]): void {
    const now = this.#clock.monotonic();
    if (this.#failures > 0) this.#queue.hurry(1, now);
    this.#failures = 0;
    this.#freshFailures = 0;
    this.#taken += lanes.length;
    this.#settle(lanes, now);
    const keys = lanes.map(({ name }) => name);
    this.#progress.tell({ type: 'written', keys, left: this.#queue.size });
  }

  async #refused(lanes: readonly Lane<K>[], error: unknown): Promise<void> {
    const [first] = lanes;
    const isAlone = lanes.length === 1;
    if (isAlone && first?.sent !== undefined && this.#isGivenUp(first, error)) {
      if (await this.#bury(first, first.sent, error)) return;
    }
    const now = this.#clock.monotonic();
    const failures = Math.max(...lanes.map((lane) => lane.failures));
    this.#failures += 1;
    if (lanes.some((lane) => lane.failures === 0)) this.#freshFailures += 1;
    this.#probeAgainAt = now + this.#backoff.delayMs(this.#failures);
    this.#probeFreshAt = now + this.#backoff.delayMs(Math.max(1, this.#freshFailures));
    // A batch is divided until who spoils it is alone: the others are not to wait long for that.
    const delayMs = this.#backoff.delayMs(isAlone ? failures + 1 : 1);
    for (const lane of lanes) {
      lane.most = this.#plan.isPoison(error) ? 1 : Math.max(1, Math.floor(lanes.length / 2));
      this.#queue.refused(lane, now + delayMs, now);
    }
    const keys = lanes.map(({ name }) => name);
    this.#progress.tell({ type: 'retry', keys, error, delayMs, left: this.#queue.size });
  }

  /** Counts a failure of a write that was sent alone. */
  #isGivenUp(lane: Lane<K>, error: unknown): boolean {
    // Nothing else succeeded since it failed last: that says something of the source, and nothing of the write.
    if (lane.takenAtFailure !== this.#taken) lane.tries += 1;
    lane.takenAtFailure = this.#taken;
    if (this.#plan.isPoison(error)) return true;
    return this.#plan.attempts !== null && lane.tries >= this.#plan.attempts;
  }

  /** Whether somebody else has taken the write over. */
  async #bury(lane: Lane<K>, write: PendingWrite<K>, error: unknown): Promise<boolean> {
    try {
      await this.#plan.deadLetter?.({
        key: write.key,
        operation: write.value === undefined ? 'delete' : 'set',
        value: write.value === undefined ? undefined : this.#format.decodeValue(write.value),
        error,
        acceptedAt: write.acceptedAt,
        sequence: write.sequence,
      });
    } catch {
      return false;
    }
    if (!this.#running) return true;
    this.#dead += 1;
    this.#settle([lane], this.#clock.monotonic());
    this.#progress.tell({ type: 'dead', keys: [lane.name], error, left: this.#queue.size });
    return true;
  }

  #settle(lanes: readonly Lane<K>[], now: number): void {
    this.#finisher.add(
      lanes.flatMap((lane) => {
        const write = this.#queue.settled(lane, now);
        return write === undefined ? [] : [write];
      }),
    );
  }
}
