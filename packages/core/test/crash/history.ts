import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface KeyHistory {
  readonly asked: Set<number>;
  readonly acknowledged: number[];
  readonly applied: number[];
  readonly dead: Set<number>;
}

/** What a worker and those after it have logged, by key. */
export function readHistory(folder: string): Map<string, KeyHistory> {
  const keys = new Map<string, KeyHistory>();
  const lines = readFileSync(join(folder, 'log'), 'utf8').split('\n');
  for (const line of lines) {
    const [what, id = '', text] = line.split(' ');
    const number = Number(text);
    const key = keys.get(id) ?? { asked: new Set(), acknowledged: [], applied: [], dead: new Set() };
    if (id !== '') keys.set(id, key);
    if (what === 'asked') key.asked.add(number);
    if (what === 'acknowledged') key.acknowledged.push(number);
    if (what === 'applied') key.applied.push(number);
    if (what === 'dead') key.dead.add(number);
  }
  return keys;
}

/**
 * What is wrong with a history at whose end everything was drained: each acknowledged write must be applied, superseded
 * by a later one of its key that is, or dead; a key's writes must be applied in order; none that was not asked for.
 */
export function faultsOf(keys: ReadonlyMap<string, KeyHistory>): string[] {
  const faults: string[] = [];
  for (const [id, { asked, acknowledged, applied, dead }] of keys) {
    const last = Math.max(0, ...applied, ...dead);
    for (const number of acknowledged) {
      if (number > last && !dead.has(number)) faults.push(`${id}: ${number} was acknowledged and is lost`);
    }
    applied.forEach((number, index) => {
      if (number < (applied[index - 1] ?? 0)) faults.push(`${id}: ${number} was applied after a newer one`);
      if (!asked.has(number)) faults.push(`${id}: ${number} was applied and never asked for`);
    });
  }
  return faults;
}
