import { expect } from 'vitest';
import type { Answer } from './member.mjs';
import { judge } from './oracle.ts';
import type { Loss } from './trouble.ts';

/** What a busy machine adds: who is not scheduled hears nothing, and begins its reads late. */
const SLACK_MS = 500;
/** After the last trouble all agree within that. */
export const CONVERGE_MS = 1000;

export interface Run {
  readonly says: string;
  readonly seed: number;
  readonly tags: number;
  readonly answers: readonly Answer[];
  readonly losses: readonly Loss[];
  /** What each finds under each key, a while after all is well. */
  readonly views: readonly (readonly number[])[];
  /** For how long, at most, a read may return what is superseded. */
  readonly boundMs: number;
}

/** Reports how stale what was read had been, and holds what a local tier promises. */
export function hold({ says, seed, tags, answers, losses, views, boundMs }: Run): void {
  const logs = answers.map(({ log }) => log);
  const { staleness, backwards, ownUnread } = judge(logs, tags, losses);
  const reads = logs.flat().filter(({ did }) => did === 'read').length;
  const hits = answers.reduce((sum, answer) => sum + answer.hits, 0);
  console.log(`${says}, seed ${seed}: ${reads} reads, ${hits} hits; ${histogram(staleness)}`);
  expect(backwards, `seed ${seed}`).toEqual([]);
  expect(ownUnread, `seed ${seed}`).toEqual([]);
  expect(staleness.at(-1), `seed ${seed}`).toBeLessThan(boundMs + SLACK_MS);
  expect(new Set(views.map(String)).size, `seed ${seed}: ${views.map(String).join(' | ')}`).toBe(1);
  expect(staleness.length).toBeGreaterThan(1000);
}

/** How stale what was read had been. */
function histogram(staleness: readonly number[]): string {
  const bounds = [0, 1, 3, 10, 30, 100, 300, 1000, Number.POSITIVE_INFINITY];
  const cells = bounds.flatMap((bound, index) => {
    const above = bounds[index - 1] ?? Number.NEGATIVE_INFINITY;
    const count = staleness.filter((ms) => ms > above && ms <= bound).length;
    const name = bound === Number.POSITIVE_INFINITY ? 'more' : `≤ ${bound} ms`;
    return count === 0 ? [] : `${index === 0 ? 'current' : name}: ${count}`;
  });
  return `${cells.join(', ')}; the oldest ${Math.round(staleness.at(-1) ?? 0)} ms`;
}
