// examples/own-adapter as its author would have it: copied to a folder of its own, the packed packages and the driver
// installed with plain npm, its types checked, proved under node:test and by the command. No failure, and every skip is
// one that its guide explains. Install scripts are off: the driver ships its binaries.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inFreshFolder, npmInstall } from './fresh.mjs';

const SKIPS = {
  'the adapter has no facet sync': 'LevelDB answers by promises',
  'the adapter has no facet server': 'there is no server',
  'the adapter has no facet connection': 'there is no connection',
  'the counters take no fractions': 'a decision: nobody asked for them',
  'the harness cannot make the store short of room': 'LevelDB evicts nothing',
  'the harness opens no other adapter of the server': 'LevelDB lets no second one in',
  'the adapter has no facet pubsub': 'there is no server',
  'the adapter has no facet tracking': 'there is no server',
  'the harness cannot lose a key on the server': 'there is no server',
  'the harness cannot put the server back to an earlier state': 'there is no server',
  'the harness moves time, so none needs to pass': 'the clock is injected',
  'the harness cannot freeze the server': 'there is no server',
  'the harness cannot cut connections': 'there is no connection',
  'the adapter has no replicas': 'there is no server',
  'the harness cannot take the server down': 'there is no server',
};

await inFreshFolder(['packages/core', 'conformance'], (folder, tarballs) => {
  const run = (command, ...args) => execFileSync(command, args, { cwd: folder, stdio: 'inherit' });
  cpSync('examples/own-adapter', folder, { recursive: true });
  // A developer may have tried it in place.
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  npmInstall(folder, '--ignore-scripts', ...tarballs);
  run('npx', '--no-install', 'tsc');
  run('npm', 'test');
  run('npx', '--no-install', 'cache-conformance', 'harness.js', '--json', 'report.json');
  const { totals, reports } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  assert.equal(totals.failed + totals.known, 0);
  const reasons = reports[0].results.filter(({ status }) => status === 'skipped').map(({ reason }) => reason);
  assert.deepEqual(
    [...new Set(reasons)].filter((reason) => !(reason in SKIPS)),
    [],
    'skipped without need',
  );
});
