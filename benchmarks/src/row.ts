import type { Contest } from './contestant.ts';
import { LOADS, type Load } from './load.ts';
import { type Effort, type Measured, measure, type Operation } from './measure.ts';

/** One comparison: ours against one rival, in one operation under one load. */
export interface Row {
  readonly subject: string;
  readonly operation: Operation;
  readonly load: string;
  readonly rival: string;
  readonly ours: Measured;
  readonly theirs: Measured;
  /** The ratio that is aimed at; undefined = measured for information. */
  readonly aim: number | undefined;
}

/** An operation under a load, measured for all who take part at once. */
export interface Heat {
  readonly name: string;
  run(contest: Contest, effort: Effort): Promise<Row[]>;
}

/** What can be measured of a subject, by name. */
export function heatsOf(subject: string): Heat[] {
  return LOADS.flatMap((load) =>
    (['get', 'set'] as const).map((operation) => ({
      name: `${subject} ${operation} ${load.name}`,
      run: (contest: Contest, effort: Effort) => runHeat(contest, operation, load, effort),
    })),
  );
}

async function runHeat(contest: Contest, operation: Operation, load: Load, effort: Effort): Promise<Row[]> {
  const rivals = contest.rivals.filter(({ aims }) => load.name in aims);
  if (rivals.length === 0) return [];
  const contestants = [contest.ours, ...rivals.map(({ contestant }) => contestant)];
  const [ours, ...theirs] = await measure(contestants, operation, load, effort);
  return rivals.map(({ contestant, aims }, index) => ({
    subject: contest.subject,
    operation,
    load: load.name,
    rival: contestant.name,
    ours: ours as Measured,
    theirs: theirs[index] as Measured,
    aim: aims[load.name]?.[operation],
  }));
}

/** `unsure`: the aim lies between the quartiles, so the machine was too busy to say. undefined = there is no aim. */
export function verdictOf({ aim, theirs: { ratio } }: Row): 'pass' | 'MISS' | 'unsure' | undefined {
  if (aim === undefined) return undefined;
  if (ratio.lower >= aim) return 'pass';
  return ratio.upper < aim ? 'MISS' : 'unsure';
}
