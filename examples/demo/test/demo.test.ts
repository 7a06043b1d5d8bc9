import { execFile } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program, as `npx -y pnpm@12 demo` runs it. */
function demo(...argv: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...argv], { timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

describe.concurrent('the program', () => {
  test('shows a cache that spares the database most of what is asked again', {
    timeout: 90_000,
  }, async () => {
    const { code, stdout, stderr } = await demo('--places', '3000', '--requests', '2000', '--seed', '3');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    expect(stdout).not.toMatch(/[\u001b\r]/);
    expect(stdout).toContain('GeoNames');
    expect(stdout).toContain('Loading and indexing 3,000 places … 20 %');
    for (const label of ['name prefix', 'nearest 5', 'by country', 'total']) {
      const row = stdout.split('\n').find((line) => line.startsWith(label)) ?? '';
      const [requests, hitRate, plainP50, , plainP99, , plain, cached] = row
        .slice(label.length)
        .replaceAll(/[,%]/g, '')
        .trim()
        .split(/\s+/)
        .map(Number);
      expect(hitRate, row).toBeGreaterThan(0);
      expect(plain, row).toBe(requests);
      expect(cached, row).toBeGreaterThan(0);
      expect(cached, row).toBeLessThan(plain as number);
      expect(hitRate, row).toBeCloseTo(100 - (100 * (cached as number)) / (plain as number), 1);
      expect(plainP99, row).toBeGreaterThanOrEqual(plainP50 as number);
      if (label === 'total') expect(requests).toBe(2_000);
    }
    expect(stdout).toContain('All 2,000 answers were the same');
    expect(stdout.match(/finds Gqeberha/g)).toHaveLength(3);
    expect(stdout).toContain('country NL is still cached');
  });

  test('explains itself', async () => {
    const { code, stdout } = await demo('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--requests N');
  });

  test.each([
    [['--bogus'], "unknown option '--bogus'"],
    [['--adapter', 'oracle'], "unknown adapter 'oracle'"],
    [['--requests', 'many'], "not 'many'"],
  ])('%j ends with one line and code 2', async (argv, message) => {
    expectRefusal(await demo(...argv), message);
  });
});

describe.concurrent('a server that cannot be used', () => {
  const sockets = new Set<Socket>();
  let silent: Server;

  beforeAll(async () => {
    silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
  });

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  const urlOf = (port: number): string => `redis://:topsecret@127.0.0.1:${port}`;

  test('nobody listens: one line with a remedy, and code 2', { timeout: 30_000 }, async () => {
    const { stdout, ...ended } = await demo('--adapter', 'ioredis', '--url', urlOf(1));
    expect(stdout).toBe('');
    expectRefusal({ stdout, ...ended }, '127.0.0.1:1');
  });

  test('it never answers: the same', { timeout: 30_000 }, async () => {
    const { port } = silent.address() as { readonly port: number };
    expectRefusal(await demo('--adapter', 'ioredis', '--url', urlOf(port)), `127.0.0.1:${port}`);
  });
});

function expectRefusal({ code, stdout, stderr }: Ended, message: string): void {
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^demo: .+--(help|adapter) .+\n$/);
  expect(stderr).not.toContain('topsecret');
  expect(stdout).toBe('');
  expect(code).toBe(2);
}
