import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const conditions = ['@cache/source', 'module', 'node', 'development|production'];

// What waits for real failovers is in `test/slow`, for `test:full`.
const slow = process.env.CACHE_TESTS === 'slow';
const include = slow ? ['test/slow/**/*.test.ts'] : ['test/**/*.test.ts'];
const exclude = slow ? [] : ['test/slow/**'];

// A run that is no run of all tests must not pass for one in the totals.
const report = process.env.CACHE_REPORT ?? (slow ? 'slow' : 'vitest');

// Projects do not inherit these.
const patience = { testTimeout: 30_000, hookTimeout: 60_000 };

const project = (name: string, dir: string) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name,
    root: dir,
    include,
    exclude,
    ...patience,
    // How long `expect.poll` looks for what must come; a machine may be busy.
    expect: { poll: { timeout: 10_000 } },
  },
});

export default defineConfig({
  test: {
    // For the totals of CI; people read the default one.
    reporters: ['default', ['json', { outputFile: `reports/${report}.json` }]],
    globalSetup: ['scripts/build-for-tests.ts'],
    // Most tests wait for a server half of the time.
    maxWorkers: availableParallelism() + 1,
    projects: [
      project('core', 'packages/core'),
      project('journal-level', 'packages/journal-level'),
      project('memcached', 'packages/memcached'),
      project('memory', 'packages/memory'),
      project('redis-shared', 'packages/redis-shared'),
      project('ioredis', 'packages/ioredis'),
      project('node-redis', 'packages/node-redis'),
      project('conformance', 'conformance'),
      project('servers', 'servers'),
      project('demo', 'examples/demo'),
      project('stores', 'examples/stores'),
      project('strategies', 'examples/strategies'),
    ],
  },
});
