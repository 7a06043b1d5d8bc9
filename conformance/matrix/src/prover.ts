import { run } from '@cache/conformance';
import { cells } from './cells.ts';

// Proves one cell in a process of its own, and sends each row to the process that asked for it.

const [, , name] = process.argv;
const cell = cells.find((each) => each.name === name);
if (cell === undefined || process.send === undefined) throw new Error(`not a cell, or nobody asks: ${name}`);

const { harnesses, close } = await cell.start();
try {
  for (const harness of harnesses) {
    const startedAt = performance.now();
    const report = await run(harness);
    process.send({ report, durationMs: performance.now() - startedAt });
  }
} finally {
  await close();
}
process.disconnect?.();
