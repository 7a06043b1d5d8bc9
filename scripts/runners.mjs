// The kit as its users run it: from tarballs, in a fresh folder, by its command and under node:test, jest and vitest.
// What fails on a broken adapter by the command must fail under each of them, rule by rule: a binding that asserts
// nothing would be green for ever.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFreshFolder, npmInstall } from './fresh.mjs';

const HARNESS = (adapter) => `
import { FakeClock } from '@cache/conformance';
import { memoryAdapter } from '@cache/memory';

export default {
  name: 'memory',
  expects: ['sync', 'expiry', 'counters', 'scan'],
  async open({ room }) {
    const clock = new FakeClock();
    const sound = memoryAdapter({ maxEntries: room, clock });
    return { adapter: ${adapter}, clock, [Symbol.asyncDispose]: () => sound.close() };
  },
};
`;
const ADAPTERS = {
  sound: 'sound',
  broken:
    '{ ...sound, remove: async (items, call) => (await sound.remove(items, call)).map((answer) => answer.ok ? { ok: true, value: true } : answer) }',
};

/** One suite is enough for what is broken. */
const TEST = (harness, imports) => `${imports}
import { cacheConformance, conformance } from '@cache/conformance';
import harness from './${harness}.harness.mjs';

conformance({ describe, test }, harness);
${harness === 'sound' ? 'cacheConformance({ describe, test }, harness);' : ''}
`;

// As conformance/README.md says.
const JEST = `export default { testMatch: ['**/*.jest.mjs'], transform: {} };\n`;

/** How each runner is called for a file, what it says, and which of its tests failed. */
const RUNNERS = {
  'node:test': {
    imports: "import { describe, test } from 'node:test';",
    extension: 'node.mjs',
    run: (file) => [process.execPath, '--test', '--test-reporter=tap', file],
    counts: (out) => ({
      passed: numberIn(out, /^# pass (\d+)$/m),
      skipped: numberIn(out, /^# skipped (\d+)$/m),
    }),
    failed: (out) => Array.from(out.matchAll(/^ +not ok \d+ - (\S+) — /gm), ([, id]) => id),
  },
  jest: {
    imports: "import { describe, test } from '@jest/globals';",
    extension: 'jest.mjs',
    run: (file) => [
      process.execPath,
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--json',
      file,
    ],
    counts: countsOf,
    failed: failedOf,
  },
  vitest: {
    imports: "import { describe, test } from 'vitest';",
    extension: 'vitest.test.mjs',
    run: (file) => [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--reporter=json', file],
    counts: countsOf,
    failed: failedOf,
  },
};

await inFreshFolder(['packages/core', 'packages/memory', 'conformance'], (folder, tarballs) => {
  const write = (name, text) => writeFileSync(join(folder, name), text);
  write('package.json', JSON.stringify({ private: true, type: 'module' }));
  write('jest.config.mjs', JEST);
  for (const [name, adapter] of Object.entries(ADAPTERS)) {
    write(`${name}.harness.mjs`, HARNESS(adapter));
    for (const { imports, extension } of Object.values(RUNNERS))
      write(`${name}.${extension}`, TEST(name, imports));
  }
  npmInstall(folder, ...tarballs, 'jest@30', 'vitest@4');

  const report = {};
  for (const [name, code, ...more] of [
    ['sound', 0],
    ['broken', 1, '--suite', 'adapter'],
  ]) {
    const args = [
      '--no-install',
      'cache-conformance',
      `${name}.harness.mjs`,
      '--json',
      `${name}.json`,
      ...more,
    ];
    const { status, stdout, stderr } = start(folder, ['npx', ...args]);
    assert.equal(status, code, `the command ended with ${status}\n${stdout}\n${stderr}`);
    report[name] = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    console.log(`✔ cache-conformance, ${name}: exit code ${status}, ${JSON.stringify(report[name].totals)}`);
  }
  assert.equal(start(folder, ['npx', '--no-install', 'cache-conformance', 'nowhere.mjs']).status, 2);

  const wrong = report.broken.reports[0].results
    .filter(({ status }) => status === 'failed')
    .map(({ id }) => id);
  assert(wrong.includes('remove/absent'));
  const { rules, skipped } = report.sound.totals;
  for (const [name, { extension, run, counts, failed }] of Object.entries(RUNNERS)) {
    const sound = start(folder, run(`sound.${extension}`));
    assert.equal(sound.status, 0, `${name} failed: ${failed(sound.stdout)}\n${sound.stderr.slice(-5000)}`);
    const found = counts(sound.stdout);
    // Each suite has one more: that every known failure names a rule. Jest cannot skip from within a test.
    assert.equal(found.passed + found.skipped, rules + 2, `${name} ran ${JSON.stringify(found)}`);
    assert.equal(found.skipped, name === 'jest' ? 0 : skipped, `${name} skipped`);

    const broken = start(folder, run(`broken.${extension}`));
    assert.notEqual(broken.status, 0, `${name} is green over a broken adapter`);
    assert.deepEqual(failed(broken.stdout).toSorted(), wrong.toSorted(), name);
    console.log(`✔ ${name}: ${JSON.stringify(found)} when sound, ${wrong.length} failed when broken`);
  }
});

function start(cwd, [command, ...args]) {
  const env = { ...process.env, NODE_OPTIONS: '' };
  return spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

function numberIn(text, pattern) {
  return Number(pattern.exec(text)?.[1]);
}

/** Of the JSON that jest and vitest write. */
function countsOf(out) {
  const { numPassedTests, numPendingTests } = JSON.parse(out);
  return { passed: numPassedTests, skipped: numPendingTests };
}

function failedOf(out) {
  const tests = JSON.parse(out).testResults.flatMap(({ assertionResults }) => assertionResults);
  return tests.filter(({ status }) => status === 'failed').map(({ title }) => title.split(' — ')[0]);
}
