/** What something costs a server: time on its processor, how many commands (or messages) it is, bytes it sends. */
export interface Cost {
  readonly ms: number;
  readonly count: number;
  readonly bytes: number;
}

/** What a message to every process costs, a process. */
export interface FanCost {
  readonly alone: Cost;
  /** One more, that waits behind the same work and so leaves in the same turn of the server's loop. */
  readonly further: Cost;
}

/** What a calibration finds. */
export interface Costs {
  readonly read: Cost;
  /** A read that finds nothing, its lease and its fill. */
  readonly load: Cost;
  readonly delete: Cost;
  readonly set: Cost;
  /** Telling the bus, beside the messages. */
  readonly tell: Cost;
  readonly message: FanCost;
  /** What an idle process asks in a second. */
  readonly beat: Cost;
  /** More, for what finds the server asleep since long: the caches of its processor are cold then. */
  readonly wakeMs: number;
  /** From the call of a change until it is heard, where nothing waits. */
  readonly hearMs: number;
}
