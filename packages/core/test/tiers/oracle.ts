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
    byKey.set(key, [...(byKey.get(key) ?? []), change]);
  }
  for (const own of byKey.values()) own.sort((one, other) => one.version - other.version);
  const sweeps = changes.filter(({ did, ok }) => ok === true && (did === 'tag' || did === 'clear'));
  const staleness: number[] = [];
  const backwards: string[] = [];
  const ownUnread: string[] = [];
  logs.forEach((log, process) => {
    const last = new Map<number, Seen>();
    for (const read of log.filter(({ did, version }) => did === 'read' && version > 0)) {
      const key = Number(String(read.key).slice(1));
      const own = byKey.get(key) ?? [];
      const since = supersededAt(read, own, sweeps, key, tags);
      staleness.push(Math.max(0, read.begun - since));
      if (since < read.begun && key % logs.length === process && isOwn(read, own)) {
        ownUnread.push(`k${key}: process ${process} read ${read.version} of its own`);
      }
      const before = last.get(key);
      const isKept = own.some(({ version, ok }) => version === before?.version && ok === true);
      if (before !== undefined && isKept && read.version < before.version && before.ended <= read.begun) {
        backwards.push(`k${key}: process ${process} read ${before.version} and then ${read.version}`);
      }
      if (before === undefined || read.version >= before.version) last.set(key, read);
    }
  });
  staleness.sort((one, other) => one - other);
  return { staleness, backwards, ownUnread };
}

/** When what a read returned had surely been superseded: by a newer write of its key, or by an invalidation. */
function supersededAt(
  read: Seen,
  own: readonly Seen[],
  sweeps: readonly Seen[],
  key: number,
  tags: number,
): number {
  const written = own.find(({ did, version }) => did === 'set' && version === read.version);
  let since = Number.POSITIVE_INFINITY;
  for (const { version, ok, ended } of own) {
    if (version > read.version && ok === true) since = Math.min(since, ended);
  }
  if (written?.ok !== true) return since;
  for (const { did, key: tag, begun, ended } of sweeps) {
    if (begun > written.ended && (did === 'clear' || Number(tag) === key % tags))
      since = Math.min(since, ended);
  }
  return since;
}

function during({ begun, ended }: Seen, { from, to }: Loss): boolean {
  return ended >= from && begun <= to;
}

/** Whether a change of the key itself, and not an invalidation by others, supersedes what was read. */
function isOwn(read: Seen, own: readonly Seen[]): boolean {
  return own.some(({ version, ok, ended }) => version > read.version && ok === true && ended < read.begun);
}
