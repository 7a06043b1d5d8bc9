import { describe, expect, test } from 'vitest';
import { HELP, parseArguments } from '../src/arguments.ts';
import { UsageError } from '../src/usage-error.ts';

describe('arguments', () => {
  test('without any, everything has a default and nothing needs a server', () => {
    expect(parseArguments([])).toEqual({
      adapter: 'memory',
      url: undefined,
      requests: 15_000,
      seed: 1,
      places: undefined,
      help: false,
    });
  });

  test('every option is taken, with a space or an equals sign, after the -- of pnpm too', () => {
    const url = 'rediss://:secret@example.org:6380/2';
    const argv = ['--', '--adapter', 'ioredis', `--url=${url}`, '--requests', '1000000', '--seed=0'];
    const expected = { adapter: 'ioredis', url, requests: 1_000_000, seed: 0 };
    expect(parseArguments(argv)).toMatchObject(expected);
    expect(parseArguments(['--places', '1000', '--help'])).toMatchObject({ places: 1_000, help: true });
  });

  test('the server is looked for on this machine unless said otherwise', () => {
    expect(parseArguments(['--adapter', 'ioredis']).url).toBe('redis://127.0.0.1:6379');
  });

  test.each([
    [['--bogus'], "unknown option '--bogus'"],
    [['--bogus=1'], "unknown option '--bogus'"],
    [['--toString'], "unknown option '--toString'"],
    [['-x'], "unknown option '-x'"],
    [['here'], "unexpected argument 'here'"],
    [['--adapter', 'oracle'], "unknown adapter 'oracle'; there are memory and ioredis"],
    [['--adapter'], '--adapter needs a value'],
    [['--help=no'], '--help takes no value'],
    [['--requests', '--seed', '2'], '--requests needs a value'],
    [['--requests='], '--requests needs a value'],
    [['--requests', '0'], "from 1 to 1,000,000, not '0'"],
    [['--requests', '1000001'], 'from 1 to 1,000,000'],
    [['--requests', '2.5'], "not '2.5'"],
    [['--requests', '1e3'], "not '1e3'"],
    [['--seed', '-1'], "not '-1'"],
    [['--places', '999'], '--places must be a whole number from 1,000'],
    [['--url', 'redis://localhost'], 'add --adapter ioredis'],
  ])('%j is refused in one line with a remedy', (argv, message) => {
    const refusal = refusalOf(argv);
    expect(refusal.message).toContain(message);
    expect(refusal.message).toContain('--help');
    expect(refusal.message).not.toContain('\n');
  });

  test.each(['http://:secret@x', 'secret', 'redis://', ''])(
    'the url %j is refused and not repeated',
    (url) => {
      const { message } = refusalOf(['--adapter', 'ioredis', '--url', url]);
      expect(message).toMatch(/--url (is not|needs)/);
      expect(message).not.toContain('secret');
    },
  );

  test('the help names every option and fits a terminal', () => {
    for (const name of ['adapter', 'url', 'requests', 'seed', 'places', 'help']) {
      expect(HELP).toContain(`--${name}`);
    }
    for (const line of HELP.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });
});

function refusalOf(argv: readonly string[]): UsageError {
  try {
    parseArguments(argv);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
