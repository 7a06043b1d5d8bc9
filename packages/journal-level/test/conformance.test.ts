import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalConformance } from '@cache/conformance';
import { describe, test } from 'vitest';
import { levelJournal } from '../src/index.ts';

for (const sync of [true, false]) {
  journalConformance(
    { describe, test },
    {
      name: `level, sync ${sync}`,
      async open() {
        const path = await mkdtemp(join(tmpdir(), 'journal-'));
        return {
          open: () => levelJournal({ path, sync }),
          [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
        };
      },
    },
  );
}
