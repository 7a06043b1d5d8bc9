import { afterEach, expect, test } from 'vitest';
import { CacheError } from '../../src/index.ts';
import { ManyTable, type OpenedBehind, openBehind, settled } from './behind.ts';

const BOUND = 20;
const WRITERS = 50;
const STORE_MS = 10;
const STEP_MS = 10;
/** How long a writer that was refused leaves it alone. */
const REFUSED_MS = 50;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Writers that write one value after the other, each its own key, and what became of them. */
class Load {
  readonly accepted: Map<string, number> = new Map();
  readonly refused: Set<string> = new Set();
  count = 0;
  #stopped = false;
  readonly #running: Promise<void>[];

  constructor({ repository, clock }: OpenedBehind) {
    this.#running = Array.from({ length: WRITERS }, async (_, writer) => {
      const key = `k${writer}`;
      for (let value = 1; !this.#stopped; value += 1) {
        try {
          await repository.set(key, value);
          this.count += 1;
          this.accepted.set(key, value);
        } catch (error) {
          if (!(error instanceof CacheError)) throw error;
          expect(error).toMatchObject({ code: 'BUSY', outcome: 'not-applied', retryable: true });
          this.refused.add(`set ${key}=${value}`);
          await new Promise<void>((resolve) => clock.schedule(resolve, REFUSED_MS));
        }
      }
    });
  }

  async stop(pass: OpenedBehind['pass']): Promise<void> {
    this.#stopped = true;
    let left = this.#running.length;
    for (const running of this.#running) void running.then(() => (left -= 1));
    for (let i = 0; left > 0 && i < 10_000; i += 1) await pass(STEP_MS);
    await Promise.all(this.#running);
  }
}

afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.log(`SEED=${seed}`);
});

test.each(['wait', 'reject'] as const)(
  '10 s at its bound, %s: never more is pending, nothing accepted is lost, nothing refused is applied',
  async (full) => {
    const store = new ManyTable();
    const opened = openBehind(
      { bound: { writes: BOUND, full }, batch: { writes: 5, interval: 20 }, parallel: 2 },
      store,
    );
    const { repository, clock, pass } = opened;
    const applied: string[] = [];
    store.before = async (call) => {
      // A batch asks for each of its writes: those of one batch wait together.
      await new Promise<void>((resolve) => clock.schedule(resolve, STORE_MS));
      applied.push(call);
    };
    const load = new Load(opened);
    let most = 0;
    for (let ms = 0; ms < 10_000; ms += STEP_MS) {
      await pass(STEP_MS);
      const { pending } = repository.stats();
      expect(pending).toBeLessThanOrEqual(BOUND);
      most = Math.max(most, pending);
    }
    expect(most).toBe(BOUND);
    expect(load.refused.size > 0).toBe(full === 'reject');
    expect(load.count).toBeGreaterThan(500);
    await load.stop(pass);
    await pass(5000, 100);
    expect(repository.stats()).toMatchObject({ pending: 0, waiting: 0 });
    expect(Object.fromEntries(store.rows)).toEqual(Object.fromEntries(load.accepted));
    expect(applied.filter((call) => load.refused.has(call))).toEqual([]);
    inOrder(applied);
  },
);

/** How the source is for a while. */
const WEATHER = ['well', 'fails 30 %', 'well', 'hangs', 'well', 'down'] as const;
const MINUTE = 60_000;

test(`a source that fails 30 % of calls, hangs, and is down for a minute, under writers that go on: nothing accepted is lost (seed ${seed})`, async () => {
  const random = randomOf(seed);
  const store = new ManyTable();
  const opened = openBehind(
    { bound: { writes: BOUND }, random, storeTimeout: '2s', waitTimeout: '5m' },
    store,
  );
  const { repository, pass } = opened;
  let weather: (typeof WEATHER)[number] = 'well';
  const applied: string[] = [];
  store.before = async (call) => {
    if (weather === 'down') throw new Error('connection refused');
    if (weather === 'fails 30 %' && random() < 0.3) throw new Error('deadlock detected');
    if (weather === 'hangs') await new Promise(() => undefined);
    applied.push(call);
  };
  const load = new Load(opened);
  const counts: Record<string, number> = {};
  for (const next of WEATHER) {
    weather = next;
    const before = load.count;
    await pass(next === 'down' ? MINUTE : 10_000, 200);
    counts[next] = load.count - before;
    expect(repository.stats().pending).toBeLessThanOrEqual(BOUND);
  }
  weather = 'well';
  await load.stop(pass);
  await pass(2 * MINUTE, 500);
  expect(repository.stats()).toMatchObject({ pending: 0, waiting: 0, dead: 0 });
  expect(Object.fromEntries(store.rows)).toEqual(Object.fromEntries(load.accepted));
  inOrder(applied);
  // It was pressed all the while: nobody was let in while the source was away, beyond the bound.
  expect(counts.down).toBeLessThanOrEqual(BOUND);
  await settled();
});

/** Of each key no write is applied after a newer one. */
function inOrder(applied: readonly string[]): void {
  const last = new Map<string, number>();
  for (const call of applied) {
    const [key = '', value] = call.split('=');
    expect(Number(value), call).toBeGreaterThanOrEqual(last.get(key) ?? 0);
    last.set(key, Number(value));
  }
}
