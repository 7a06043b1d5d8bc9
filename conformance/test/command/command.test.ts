import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../../dist/command/bin.js', import.meta.url));
const SOUND = 'test/command/sound.mjs';
const SEVERAL = 'test/command/harnesses.mjs';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as a user does, from the folder of the package. */
function conform(...args: string[]): Ended {
  const cwd = fileURLToPath(new URL('../../', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cache-command-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what is proved', () => {
  test('a sound adapter: a row a group, exit code 0, no colours', () => {
    const { code, out } = conform(SOUND, '--only', 'read', '--only', 'sync');
    expect(out).toMatch(/^✓ read +7 +7 +· +· +·/m);
    expect(out).toMatch(/^– sync +7 +· +· +7 +·/m);
    expect(out).toContain('   7  the adapter has no facet sync');
    expect(out).toContain('14 rules: 7 passed, 0 failed, 7 skipped');
    expect(out).not.toContain('\u001b');
    expect(code).toBe(0);
  });

  test('a broken one: the sentence, both sides, how to ask again; exit code 1', () => {
    const { code, out } = conform(SEVERAL, '--adapter', 'has-true', '--only', 'cache/results');
    expect(out).toContain('✗ cache/results/has\n  has answers whether get would find something.');
    expect(out).toMatch(
      /^ {4}equal\(.+\n +expected: false\n +actual: {3}true\n +at dist\/rules\/cache\/results\.js:\d+\n/m,
    );
    expect(out).toContain(
      `alone: npx cache-conformance ${SEVERAL} --adapter has-true --only cache/results/has\n`,
    );
    expect(code).toBe(1);
  });

  test('an exception that nobody could catch fails its rule, and no other, and ends nothing', () => {
    const { code, out } = conform(
      SEVERAL,
      '--adapter',
      'crashing',
      '--only',
      'read/absent',
      '--only',
      'closed/twice',
    );
    expect(out).toContain('Error: nobody hears this\n');
    expect(out).toContain('test/command/harnesses.mjs:14');
    expect(out).toContain('✗ read/absent\n');
    expect(out).toMatch(/^✗ all +2 /m);
    expect(code).toBe(1);
  });

  test('an id means its rule alone, a suite its rules', () => {
    expect(conform(SOUND, '--only', 'read/version').out).toContain('1 rules:');
    expect(conform(SOUND, '--only', 'cache/cl', '--suite', 'cache').out).toMatch(/^✓ cache\/clear/m);
  });

  test('every harness of a list', () => {
    const { out } = conform(SEVERAL, '--only', 'touch/absent');
    expect(out.match(/^(sound|has-true|crashing)$/gm)).toEqual(['sound', 'has-true', 'crashing']);
  });

  test('reports, in folders that are made', () => {
    const at = (name: string): string => join(folder, 'deep', name);
    const files = ['--json', at('r.json'), '--markdown', at('r.md'), '--html', at('r.html')];
    const { code } = conform(SEVERAL, '--adapter', 'has-true', '--only', 'cache/results/has', ...files);
    expect(code).toBe(1);
    const [result] = JSON.parse(readFileSync(at('r.json'), 'utf8')).reports[0].results;
    expect(result).toMatchObject({
      id: 'cache/results/has',
      status: 'failed',
      expected: 'false',
      actual: 'true',
    });
    expect(readFileSync(at('r.md'), 'utf8')).toContain('expected: false');
    expect(readFileSync(at('r.html'), 'utf8')).toContain('<i>expected</i> false');
  });

  test('help and version', () => {
    expect(conform('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--only <prefix>') });
    expect(conform('-v')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('what cannot be proved: exit code 2, and the remedy', () => {
  const harness = (name: string, text: string): string => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, text);
    return file;
  };

  for (const [args, remedy] of [
    [[], 'cache-conformance harness.mjs'],
    [['a.mjs', 'b.mjs'], 'can export a list'],
    [[SOUND, '--nonsense'], '--help lists the options'],
    [[SOUND, '--suite', 'both'], 'adapter or cache'],
    [[SOUND, '--only', 'write/replces'], 'The groups are: declared, read'],
    [[SOUND, '--only', 'results'], 'Did you mean cache/results'],
    [[SOUND, '--only', 'cache/keys', '--suite', 'adapter'], 'of the suite cache'],
    [[SOUND, '--adapter', 'mine'], 'There are: sound'],
    [['nowhere.mjs'], 'The path is taken from the current folder'],
    [[SOUND, '--only', 'read/absent', '--html', 'package.json/x.html'], 'could not be written'],
  ] as const) {
    test(args.join(' ') || 'nothing', () => {
      const { code, err } = conform(...args);
      expect(err).toContain(remedy);
      expect(err).not.toContain('command.js');
      expect(code).toBe(2);
    });
  }

  for (const [name, text, remedy] of [
    ['no-default', 'export const harness = {};', 'has no default export (but harness)'],
    ['a-function', 'export default () => {};', 'is a function, not an object'],
    ['empty', 'export default [];', 'empty list'],
    ['no-name', 'export default { expects: [], open() {} };', 'has no name'],
    ['no-open', "export default { name: 'x', expects: [] };", 'has no function open'],
    ['no-expects', "export default { name: 'x', open() {} };", 'expects: []'],
    ['facet', "export default { name: 'x', expects: ['speed'], open() {} };", 'There are: sync, expiry'],
    [
      'known',
      "export default { name: 'x', expects: [], known: { 'a/b': '' }, open() {} };",
      'take it off known',
    ],
    [
      'throws',
      "export default { name: 'x', expects: [], open() { throw new Error('no server'); } };",
      'no server',
    ],
    ['nothing', "export default { name: 'x', expects: [], open() {} };", 'it answered no { adapter }'],
    [
      'endless',
      "export default { name: 'x', expects: [], open: () => ({ adapter: {} }) };",
      'Symbol.asyncDispose',
    ],
    ['syntax', 'export default {', 'SyntaxError'],
    ['imports', "import 'no-such-package';", 'no-such-package'],
  ] as const) {
    test(`a harness file: ${name}`, () => {
      const { code, err } = conform(harness(name, text));
      expect(err).toContain(remedy);
      expect(code).toBe(2);
    });
  }
});
