// Everything that can be said of the code without running it.
import { runSteps } from './steps.mjs';

const quiet = { TURBO_TELEMETRY_DISABLED: '1' };

runSteps('check', [
  { title: 'types of sources, and build', command: 'tsc', args: ['-b'] },
  { title: 'types of tests, and type tests', command: 'tsc', args: ['-p', 'tsconfig.check.json'] },
  { title: 'lint and format', command: 'biome', args: ['ci', '.'] },
  {
    title: "the guide shows the example's code",
    command: process.execPath,
    args: ['scripts/guide.mjs', '--check'],
  },
  { title: 'unused files, exports and dependencies', command: 'knip', args: [] },
  {
    title: 'packages as published',
    command: 'turbo',
    args: ['run', 'check:package', '--output-logs=errors-only'],
    env: quiet,
  },
]);
