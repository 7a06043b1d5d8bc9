import { defineConfig } from 'vitest/config';

const conditions = ['@cache/source', 'module', 'node', 'development|production'];

const project = (name: string, dir: string) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, root: dir, include: ['test/**/*.test.ts'] },
});

export default defineConfig({
  test: {
    // For the totals of CI; people read the default one.
    reporters: ['default', ['json', { outputFile: 'reports/vitest.json' }]],
    globalSetup: ['scripts/build-for-tests.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      project('core', 'packages/core'),
      project('memory', 'packages/memory'),
      project('ioredis', 'packages/ioredis'),
      project('conformance', 'conformance'),
      project('servers', 'servers'),
      project('demo', 'examples/demo'),
    ],
  },
});
