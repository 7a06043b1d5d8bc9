import { type Answer, KINDS, type Kind, type Question } from './questions.ts';

/** What was measured of a kind of request, or of all of them. */
export interface Measured {
  readonly requests: number;
  readonly queries: number;
  /** ms */
  readonly p50: number;
  /** ms */
  readonly p99: number;
}

export interface Run {
  readonly byKind: Readonly<Record<Kind, Measured>>;
  readonly total: Measured;
  /** By the place of their request. */
  readonly answers: readonly Answer[];
}

/** How many ask at the same time, each its next question when it has its answer. */
export const CLIENTS = 4;

/**
 * Asks every question, in this order, and takes the time of each from its asking to its answer.
 *
 * @param queries how often the database was asked, by kind, counted on while this runs
 */
export async function run(
  questions: readonly Question[],
  ask: (question: Question) => Promise<Answer>,
  queries: Readonly<Record<Kind, number>>,
  onProgress: (fraction: number) => void,
): Promise<Run> {
  const before = { ...queries };
  const latencies = new Float64Array(questions.length);
  const answers: Answer[] = new Array(questions.length);
  const turns = questions.entries();
  let done = 0;
  const client = async (): Promise<void> => {
    for (const [at, question] of turns) {
      const start = performance.now();
      const answer = await ask(question);
      latencies[at] = performance.now() - start;
      answers[at] = answer;
      done += 1;
      onProgress(done / questions.length);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));

  const byKind = {} as Record<Kind, Measured>;
  for (const kind of KINDS) {
    const own = latencies.filter((_, at) => questions[at]?.kind === kind);
    byKind[kind] = summary(own, queries[kind] - before[kind]);
  }
  const total = KINDS.reduce((sum, kind) => sum + byKind[kind].queries, 0);
  return { byKind, total: summary(latencies, total), answers };
}

function summary(latencies: Float64Array, queries: number): Measured {
  const sorted = latencies.toSorted();
  return { requests: sorted.length, queries, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

/** The smallest value that at least this fraction of them does not exceed; NaN of none. */
export function percentile(sorted: ArrayLike<number>, fraction: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN;
}
