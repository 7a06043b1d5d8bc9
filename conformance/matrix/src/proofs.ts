import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Report } from '@cache/conformance';
import type { Cell } from './cells.ts';

const PROVER = fileURLToPath(new URL('prover.js', import.meta.url));

/** What the prover sends of each row. */
export interface Proof {
  readonly report: Report;
  readonly durationMs: number;
}

/**
 * Proves a cell in a process of its own: what its clients leave behind is then theirs, and cells run side by side.
 * Rejects where the process ends otherwise than well.
 */
export async function prove(cell: Cell, told: (proof: Proof) => void): Promise<void> {
  // Some rules have listeners that throw, of which the adapters would warn among the rows.
  const execArgv = ['--disable-warning=CacheWarning'];
  const child = fork(PROVER, [cell.name], { serialization: 'advanced', execArgv });
  child.on('message', (message) => told(message as Proof));
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the process of ${cell.name} ended with ${signal ?? code}`);
}
