import type { Loss } from './trouble.ts';

/** What a process saw or did; instants are ms of one clock. */
export interface Seen {
  readonly did: 'read' | 'set' | 'delete' | 'tag' | 'clear';
  /** `k7` of a read; the number of a key or tag of a change. */
  readonly key: string | number;
  /** 0 = nothing. Of a key only its owner makes new ones, one after the other. */
  readonly version: number;
  readonly begun: number;
  readonly ended: number;
  /** Of a change: acknowledged; `false` = what became of it is not known; absent = nothing. */
  readonly ok?: boolean;
}

export interface Verdict {
  /** For how long, ms, each read that returned something was superseded already when it began; sorted. */
  readonly staleness: readonly number[];
  /** Reads of one process that went back, in words. */
  readonly backwards: readonly string[];
  /** Reads of the owner of a key that miss what it had written itself, in words. */
  readonly ownUnread: readonly string[];
}

/**
 * @param logs of each process. @param tags how many there are: a key has the tag of its rest. @param losses when what was
 * acknowledged may have been lost: it then supersedes nothing
 */
export function judge(logs: readonly (readonly Seen[])[], tags: number, losses: readonly Loss[]): Verdict {
  const changes = logs
    .flat()
    .filter(({ did }) => did !== 'read')
    .map((change) => (losses.some((loss) => during(change, loss)) ? { ...change, ok: false } : change));
  const byKey = new Map<number, Seen[]>();
  for (const change of changes) {
    if (change.did !== 'set' && change.did !== 'delete') continue;
    const key = Number(change.key);
    const own = byKey.get(key);
    if (own === undefined) byKey.set(key, [change]);
    else own.push(change);
  }
  const histories = new Map([...byKey].map(([key, own]) => [key, new Timeline(own, (one) => one.version)]));
  const sweeps = Array.from({ length: tags }, (_, tag) => {
    const own = changes.filter(({ did, key }) => did === 'clear' || (did === 'tag' && Number(key) === tag));
    return new Timeline(own, ({ begun }) => begun);
  });
  const staleness: number[] = [];
  const backwards: string[] = [];
  const ownUnread: string[] = [];
  logs.forEach((log, process) => {
    const last = new Map<number, Seen>();
    for (const read of log.filter(({ did, version }) => did === 'read' && version > 0)) {
      const key = Number(String(read.key).slice(1));
      const own = histories.get(key);
      const written = own?.at(read.version);
      const renewedAt = own?.firstEndAfter(read.version) ?? Number.POSITIVE_INFINITY;
      // What was not acknowledged may have been written after the invalidation.
      const sweptAt =
        written?.did === 'set' && written.ok === true
          ? (sweeps[key % tags]?.firstEndAfter(written.ended) ?? Number.POSITIVE_INFINITY)
          : Number.POSITIVE_INFINITY;
      staleness.push(Math.max(0, read.begun - Math.min(renewedAt, sweptAt)));
      if (renewedAt < read.begun && key % logs.length === process) {
        ownUnread.push(`k${key}: process ${process} read ${read.version} of its own`);
      }
      const before = last.get(key);
      const isKept = before !== undefined && own?.at(before.version)?.ok === true;
      if (isKept && read.version < before.version && before.ended <= read.begun) {
        backwards.push(`k${key}: process ${process} read ${before.version} and then ${read.version}`);
      }
      if (before === undefined || read.version >= before.version) last.set(key, read);
    }
  });
  staleness.sort((one, other) => one - other);
  return { staleness, backwards, ownUnread };
}

/** Changes in an order of theirs. */
class Timeline {
  readonly #changes: readonly Seen[];
  readonly #order: (change: Seen) => number;
  /** Of each and of all after it: when the first had ended that was acknowledged. */
  readonly #ends: number[];

  constructor(changes: readonly Seen[], order: (change: Seen) => number) {
    this.#changes = [...changes].sort((one, other) => order(one) - order(other));
    this.#order = order;
    let end = Number.POSITIVE_INFINITY;
    this.#ends = this.#changes.map(() => 0);
    for (let index = this.#changes.length - 1; index >= 0; index -= 1) {
      const { ok, ended } = this.#changes[index] as Seen;
      if (ok === true) end = Math.min(end, ended);
      this.#ends[index] = end;
    }
  }

  at(place: number): Seen | undefined {
    const change = this.#changes[this.#after(place) - 1];
    return change !== undefined && this.#order(change) === place ? change : undefined;
  }

  firstEndAfter(place: number): number {
    return this.#ends[this.#after(place)] ?? Number.POSITIVE_INFINITY;
  }

  /** The index of the first one beyond a place. */
  #after(place: number): number {
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order(this.#changes[middle] as Seen) <= place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function during({ begun, ended }: Seen, { from, to }: Loss): boolean {
  return ended >= from && begun <= to;
}
