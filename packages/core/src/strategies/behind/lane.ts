/** A write that the journal has and that is not done with. */
export interface PendingWrite<K> {
  readonly key: K;
  /** The key in the cache. */
  readonly name: string;
  /** Encoded; undefined = a removal. */
  readonly value: Uint8Array | undefined;
  readonly sequence: number;
  /** ms since 1970. */
  readonly acceptedAt: number;
  /** Of its record in the journal. */
  readonly bytes: number;
}

/** The writes of one key, in order: at most one waits, at most one is with the source, the others are applied. */
export class Lane<K> {
  readonly name: string;
  waiting: PendingWrite<K> | undefined;
  sent: PendingWrite<K> | undefined;
  /** Applied, but still in the journal and perhaps stale in the cache. */
  readonly applied: PendingWrite<K>[] = [];
  /** Since when something waits, monotonic. */
  waitingSince = 0;
  /** Before which nothing is tried again, monotonic. */
  retryAt = 0;
  /** Most writes that it is sent together with: a batch that fails is halved, until who spoils it is alone. */
  most: number = Number.POSITIVE_INFINITY;
  /** Failures since the source took something of this key: for the pauses. */
  failures = 0;
  /** Failures of what waits, alone and while the source took others: for giving up. */
  tries = 0;
  /** How much the source had taken at the last failure. */
  takenAtFailure = -1;

  constructor(name: string) {
    this.name = name;
  }

  get newest(): PendingWrite<K> | undefined {
    return this.waiting ?? this.sent ?? this.applied.at(-1);
  }
}
