import { defineConfig } from 'vitest/config';

const conditions = ['@cache/source', 'module', 'node', 'development|production'];

const project = (name: string, dir: string) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, root: dir, include: ['test/**/*.test.ts'] },
});

export default defineConfig({
  test: {
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
