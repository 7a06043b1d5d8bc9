import { fail } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { OpenOptions } from './harness.ts';
import { Sweep } from './kit/sweep.ts';
import type { Rule } from './rule.ts';

/** The part of every harness that proving a rule takes: of an adapter, a store or a journal. */
export interface Subject<O extends AsyncDisposable> {
  readonly name: string;
  open(options: OpenOptions): Promise<O>;
  readonly known?: Readonly<Record<string, string>>;
}

/** How rules of one kind are proved. */
export interface Way<B, H extends Subject<O>, O extends AsyncDisposable, N extends string> {
  benchOf(opened: O, prefix: string, harness: H): B;
  /** Why a rule cannot be asked of what was opened; undefined = it can. */
  unmet(needs: readonly N[], opened: O, harness: H): string | undefined;
}

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
export async function execute<B, H extends Subject<O>, O extends AsyncDisposable, N extends string>(
  rule: Rule<B, N>,
  harness: H,
  way: Way<B, H, O, N>,
): Promise<RuleResult> {
  const startedAt = performance.now();
  const verdict = judge(await attempt(rule, harness, way), harness.known?.[rule.id]);
  return { id: rule.id, says: rule.says, ...verdict, durationMs: performance.now() - startedAt };
}

async function attempt<B, H extends Subject<O>, O extends AsyncDisposable, N extends string>(
  rule: Rule<B, N>,
  harness: H,
  way: Way<B, H, O, N>,
): Promise<Verdict> {
  const sweep = new Sweep();
  const errors: unknown[] = [];
  let skipped: string | undefined;
  try {
    const prefix = `conformance:${randomBytes(6).toString('hex')}:`;
    const room = (rule.needs as readonly string[]).includes('room') ? LARGE_ROOM : ROOM;
    const opened = await harness.open({ prefix, room });
    try {
      skipped = way.unmet(rule.needs, opened, harness);
      if (skipped === undefined) await prove(rule, way.benchOf(opened, prefix, harness));
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
async function prove<B>(rule: Pick<Rule<B>, 'run'>, bench: B): Promise<void> {
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

async function dispose(opened: AsyncDisposable): Promise<void> {
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
