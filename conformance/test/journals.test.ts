import { memoryJournal } from '@cache/core';
import { describe, test } from 'vitest';
import { journalConformance } from '../src/index.ts';

journalConformance(
  { describe, test },
  {
    name: 'memory',
    async open() {
      return { open: () => memoryJournal(), [Symbol.asyncDispose]: async () => undefined };
    },
  },
);
