import { CacheError, type Clock, type Journal, systemClock } from '@cache/core';
import { ClassicLevel } from 'classic-level';

export interface LevelJournalOptions {
  /** The folder, made if it is not there. Of one repository, and of one process at a time. */
  readonly path: string;
  /**
   * Whether a commit waits for the disk (fsync): then an acknowledged write survives a loss of power, else the death of
   * the process alone. Default: true.
   */
  readonly sync?: boolean;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

type Database = ClassicLevel<string, Uint8Array>;

/** Sequences and fences begin at µs since 1970, so that they rise though the folder was lost. */
const US_PER_MS = 1000;
const DIGITS = 16;
const RECORDS = 'r';
const LAST_SEQUENCE = 'm:sequence';
const LAST_FENCE = 'm:fence';

/**
 * A journal in a folder of this machine. LevelDB locks the folder, and the operating system gives the lock back when
 * the process dies, however it dies: the next one drains what it left.
 * @throws CacheError `INVALID_OPTION`
 */
export function levelJournal(options: LevelJournalOptions): Journal {
  const { path, sync = true, clock = systemClock } = options;
  if (typeof path !== 'string' || path === '') {
    throw new CacheError('INVALID_OPTION', 'levelJournal: path must be the name of a folder');
  }
  let database: Database | undefined;
  let last = 0;
  let closed = false;
  /** Why nothing can be appended any more: what became of the last commit is not known. */
  let broken: unknown;

  async function run<T>(operation: string, work: (open: Database) => Promise<T>): Promise<T> {
    if (closed || database === undefined) throw notOpen(operation, closed);
    try {
      return await work(database);
    } catch (cause) {
      throw failed(operation, cause);
    }
  }

  return {
    name: 'level',
    keeps: sync ? 'machine' : 'process',

    async claim() {
      if (closed) throw notOpen('claim', closed);
      database ??= await openAt(path);
      return await run('claim', async (open) => {
        const now = clock.now() * US_PER_MS;
        const [newest] = await open.keys({ gt: RECORDS, lt: `${RECORDS}~`, reverse: true, limit: 1 }).all();
        const kept = newest === undefined ? 0 : Number(newest.slice(RECORDS.length));
        last = Math.max(last, kept, numberOf(await open.get(LAST_SEQUENCE)));
        const fence = Math.max(now, numberOf(await open.get(LAST_FENCE)) + 1);
        await open.put(LAST_FENCE, bytesOf(fence), { sync: true });
        return { fence, lost: new AbortController().signal };
      });
    },

    async append(records) {
      if (broken !== undefined) throw failed('append', broken);
      const sequences = records.map(() => {
        last = Math.max(last + 1, clock.now() * US_PER_MS);
        return last;
      });
      await run('append', async (open) => {
        const puts = records.map((value, index) => {
          return { type: 'put', key: keyOf(sequences[index] ?? 0), value } as const;
        });
        const mark = { type: 'put', key: LAST_SEQUENCE, value: bytesOf(last) } as const;
        try {
          await open.batch([...puts, mark], { sync });
        } catch (cause) {
          broken = cause;
          throw cause;
        }
      });
      return sequences;
    },

    async read(after, most) {
      return await run('read', async (open) => {
        const range = { gt: keyOf(after), lt: `${RECORDS}~`, limit: most };
        const found = await open.iterator(range).all();
        return found.map(([key, bytes]) => ({ sequence: Number(key.slice(RECORDS.length)), bytes }));
      });
    },

    async acknowledge(sequences) {
      // Without waiting for the disk: what is lost with the power is the newest of this log, so a record that comes back
      // comes with all that were forgotten after it.
      await run('acknowledge', (open) => {
        return open.batch(sequences.map((sequence) => ({ type: 'del', key: keyOf(sequence) }) as const));
      });
    },

    async close() {
      closed = true;
      await database?.close();
    },
  };
}

async function openAt(path: string): Promise<Database> {
  const database: Database = new ClassicLevel(path, { keyEncoding: 'utf8', valueEncoding: 'view' });
  try {
    await database.open();
    return database;
  } catch (cause) {
    await database.close();
    if (!isLocked(cause)) throw failed('claim', cause);
    const message = `claim: another process has the journal in ${path}`;
    throw new CacheError('BUSY', message, { operation: 'claim', retryable: true, cause });
  }
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
}

function keyOf(sequence: number): string {
  return `${RECORDS}${String(sequence).padStart(DIGITS, '0')}`;
}

function bytesOf(value: number): Uint8Array {
  return new TextEncoder().encode(String(value));
}

function numberOf(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes));
}

function notOpen(operation: string, closed: boolean): CacheError {
  const reason = closed ? 'the journal was closed' : 'the journal was not claimed';
  return new CacheError('CLOSED', `${operation}: ${reason}`, { operation });
}

function failed(operation: string, cause: unknown): CacheError {
  const reason = cause instanceof Error ? cause.message : 'the database failed';
  const message = `${operation}: ${reason}`;
  return new CacheError('UNAVAILABLE', message, { operation, retryable: true, outcome: 'unknown', cause });
}
