/** A cache as an application sees it: ours, or what somebody would write by hand over the driver. */
export interface Contestant {
  readonly name: string;
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
  close(): Promise<unknown>;
}

/** One to be measured against, and the ratio of throughputs that is aimed at, by load. */
export interface Rival {
  readonly contestant: Contestant;
  readonly aims: Readonly<Record<string, Aims>>;
}

export interface Aims {
  readonly get?: number;
  readonly set?: number;
}

/** Ours and its rivals on one server. Each rival's aims name the loads under which it is measured. */
export interface Contest {
  readonly subject: string;
  readonly ours: Contestant;
  readonly rivals: readonly Rival[];
  close(): Promise<void>;
}

export const TTL_MS = 60_000;
