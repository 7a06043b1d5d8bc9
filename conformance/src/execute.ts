import { fail } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AdapterHarness, Opened } from './harness.ts';
import { Sweep } from './kit/sweep.ts';
import { unmet } from './needs.ts';
import type { Rule } from './rule.ts';
import type { BenchOf } from './suites.ts';

/** `known`: it failed, as the harness says it must. */
export type RuleStatus = 'passed' | 'failed' | 'skipped' | 'known';

/** What became of one rule. */
export interface RuleResult {
  readonly id: string;
  readonly says: string;
  readonly status: RuleStatus;
  /** Why it was skipped, or why it is known to fail. */
  readonly reason?: string;
  /** Why it failed. */
  readonly error?: Error;
  readonly durationMs: number;
}

/** More than any rule writes that does not need room, and more than one that does. */
const ROOM = 5000;
const LARGE_ROOM = 60_000;

type Verdict = Pick<RuleResult, 'status' | 'reason' | 'error'>;

/** Proves one rule on one adapter, opened for it alone, and sweeps afterwards. Never rejects. */
export async function execute<B>(
  rule: Rule<B>,
  harness: AdapterHarness,
  benchOf: BenchOf<B>,
): Promise<RuleResult> {
  const startedAt = performance.now();
  const verdict = judge(await attempt(rule, harness, benchOf), harness.known?.[rule.id]);
  return { id: rule.id, says: rule.says, ...verdict, durationMs: performance.now() - startedAt };
}

async function attempt<B>(rule: Rule<B>, harness: AdapterHarness, benchOf: BenchOf<B>): Promise<Verdict> {
  const sweep = new Sweep();
  const errors: unknown[] = [];
  let skipped: string | undefined;
  try {
    const prefix = `conformance:${randomBytes(6).toString('hex')}:`;
    const room = rule.needs.includes('room') ? LARGE_ROOM : ROOM;
    const opened = await harness.open({ prefix, room });
    try {
      skipped = unmet(rule.needs, opened);
      if (skipped === undefined) await prove(rule, benchOf(opened, prefix, harness));
    } catch (error) {
      errors.push(error);
    } finally {
      await dispose(opened);
    }
  } catch (error) {
    errors.push(error);
  }
  await sweep.end().catch((error: unknown) => errors.push(error));
  const [first] = errors;
  if (first !== undefined) return { status: 'failed', error: toError(first) };
  return skipped === undefined ? { status: 'passed' } : { status: 'skipped', reason: skipped };
}

/** The rule, and what its bench checks after it. */
async function prove<B>(rule: Rule<B>, bench: B): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  try {
    await rule.run(bench);
  } catch (error) {
    failure = { error };
  }
  try {
    await (bench as { finish?(): Promise<void> }).finish?.();
  } catch (error) {
    failure ??= { error };
  }
  if (failure !== undefined) throw failure.error;
}

async function dispose(opened: Opened): Promise<void> {
  await opened[Symbol.asyncDispose]();
}

function judge(verdict: Verdict, known: string | undefined): Verdict {
  if (known === undefined || verdict.status === 'skipped') return verdict;
  if (verdict.status === 'failed') return { ...verdict, status: 'known', reason: known };
  const error = new Error(
    `it passes, though the harness knows that it fails (${known}): take it off \`known\``,
  );
  return { status: 'failed', error };
}

function toError(error: unknown): Error {
  if (error instanceof Error) return error;
  try {
    fail(String(error));
  } catch (made) {
    return made as Error;
  }
}
