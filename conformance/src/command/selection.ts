import { groupOf } from '../report/report.ts';
import { SUITES, type SuiteName } from '../suites.ts';
import { UsageError } from './usage-error.ts';

/**
 * The ids that begin with one of the prefixes; a prefix that is an id means that rule alone. Undefined = all.
 * @throws UsageError for a prefix of nothing
 */
export function select(prefixes: readonly string[], suites: readonly SuiteName[]): string[] | undefined {
  if (prefixes.length === 0) return undefined;
  const ids = suites.flatMap((suite) => SUITES[suite].rules.map(({ id }) => id));
  const chosen = prefixes.flatMap((prefix) => {
    const found = ids.includes(prefix) ? [prefix] : ids.filter((id) => id.startsWith(prefix));
    if (found.length === 0) throw nothing(prefix, ids, suites);
    return found;
  });
  return [...new Set(chosen)];
}

function nothing(prefix: string, ids: readonly string[], suites: readonly SuiteName[]): UsageError {
  const elsewhere = Object.values(SUITES).find(({ rules }) => rules.some(({ id }) => id.startsWith(prefix)));
  if (elsewhere !== undefined) {
    return new UsageError(
      `The rules ${prefix} are of the suite ${elsewhere.name}, and --suite ${suites.join()} leaves it out.`,
    );
  }
  const last = prefix.slice(prefix.lastIndexOf('/') + 1);
  const alike = last.length < 3 ? [] : ids.filter((id) => id.includes(last)).slice(0, 5);
  const hint = alike.length > 0 ? ` Did you mean ${alike.join(', ')}?` : '';
  const groups = [...new Set(ids.map(groupOf))].join(', ');
  return new UsageError(`No rule begins with ${prefix}.${hint} The groups are: ${groups}.`);
}
