// What is too slow for every run of the tests: the conformance report, the demo, the packages as installed from
// tarballs on each Node that we support.
import { runSteps } from './steps.mjs';

runSteps('full', [
  { title: 'build', command: 'tsc', args: ['-b'] },
  { title: 'slow tests', command: 'vitest', args: ['run'], env: { CACHE_TESTS: 'slow' } },
  {
    title: 'servers from Debian packages',
    command: 'vitest',
    args: ['run', '--project', 'servers'],
    env: { CACHE_SERVERS: 'packages', CACHE_REPORT: 'packages' },
  },
  { title: 'conformance report', command: process.execPath, args: ['conformance/matrix/dist/main.js'] },
  { title: 'demo', command: process.execPath, args: ['examples/demo/dist/main.js'] },
  {
    title: 'the command, node:test, jest and vitest, from tarballs',
    command: process.execPath,
    args: ['scripts/runners.mjs'],
  },
  {
    title: "somebody else's adapter, from tarballs",
    command: process.execPath,
    args: ['scripts/own-adapter.mjs'],
  },
  ...['20', '22', '24', '26'].map((version) => ({
    title: `packages installed from tarballs, on Node ${version}`,
    command: process.execPath,
    args: ['scripts/smoke.mjs', version],
  })),
]);
