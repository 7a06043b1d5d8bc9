import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Server, startPostgres } from '../src/index.ts';
import { packageDirs } from '../src/postgres-packages.ts';
import { probePostgres } from '../src/postgres-probe.ts';
import { until } from '../src/until.ts';
import { converse } from '../src/wire.ts';
import { hold } from './holder.ts';
import { environment, own } from './talk.ts';

const WHO = { user: 'postgres', database: 'postgres' };

// Not below the temporary folder of a test, for which they would be downloaded again.
const [CACHE_SERVERS_DIR = ''] = packageDirs();

/** A folder for temporary files, to see what is left there; the server may run as nobody. */
async function ownTmp(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'servers-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await chmod(dir, 0o755);
  return dir;
}

const left = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('cache-postgres-'));

/** Processes that have this folder on their command line: the server, and what sets it up. */
function processes(dir: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir);
    } catch {
      return false;
    }
  });
}

/** Segments of shared memory that one of these processes has made: they would outlive it. */
function segments(pids: readonly string[]): string[] {
  const file = '/proc/sysvipc/shm';
  const [head = '', ...lines] = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const column = head.trim().split(/\s+/).indexOf('cpid');
  return lines.filter((line) => pids.includes(line.trim().split(/\s+/)[column] ?? ''));
}

const refuses = ({ host, port }: Pick<Server, 'host' | 'port'>) =>
  expect(converse({ host, port }, '', () => undefined, 500)).rejects.toThrow('ECONNREFUSED');

describe('a PostgreSQL', { timeout: 180_000 }, () => {
  test('answers, and closed it leaves nothing', async () => {
    const TMPDIR = await ownTmp();
    environment({ TMPDIR, CACHE_SERVERS_DIR });
    const server = await own(startPostgres({ controllable: true }));
    expect(server).toMatchObject({ kind: 'postgres', product: 'postgres', host: '127.0.0.1' });
    expect(server.version).toMatch(/^\d+\.\d+$/);
    expect(server.url).toBe(`postgres://postgres@127.0.0.1:${server.port}/postgres`);
    expect(await probePostgres(server, WHO, 2000)).toEqual({ product: 'postgres', version: server.version });
    expect(left(TMPDIR)).toHaveLength(1);
    const pids = processes(TMPDIR);
    await server.close();
    expect(left(TMPDIR)).toEqual([]);
    expect(processes(TMPDIR)).toEqual([]);
    expect(segments(pids)).toEqual([]);
    await refuses(server);
  });

  test('can be frozen, killed and restarted', async () => {
    const server = await own(startPostgres({ controllable: true, config: { max_connections: '7' } }));
    await server.freeze();
    await expect(probePostgres(server, WHO, 300)).rejects.toThrow('did not answer');
    await server.thaw();
    await probePostgres(server, WHO, 2000);
    await server.freeze();
    await server.kill();
    await refuses(server);
    await server.restart();
    await probePostgres(server, WHO, 2000);
  });

  test('that cannot start says what it printed', async () => {
    await expect(startPostgres({ config: { nonsense: '1' } })).rejects.toThrow(/nonsense/);
  });

  test.each(['stay', 'frozen'])('leaves nothing when its owner is killed (%s)', async (then) => {
    const TMPDIR = await ownTmp();
    const holder = hold(then, 'postgres', { TMPDIR, CACHE_SERVERS_DIR });
    const held = await holder.held;
    const pids = processes(TMPDIR);
    holder.child.kill('SIGKILL');
    expect(await until(() => left(TMPDIR).length === 0 || undefined, 15_000)).toBe(true);
    expect(processes(TMPDIR)).toEqual([]);
    expect(segments(pids)).toEqual([]);
    await refuses(held);
  });
});

describe('the source of a PostgreSQL', { timeout: 180_000 }, () => {
  test('may be the URL of the environment', async () => {
    const real = await own(startPostgres({ controllable: true }));
    environment({ POSTGRES_URL: real.url, CACHE_SERVERS: undefined });
    const { port, version, url } = real;
    expect(await startPostgres()).toMatchObject({ source: 'url', port, version, url, controllable: false });
    environment({ POSTGRES_URL: 'postgres://127.0.0.1:1/x' });
    await expect(startPostgres()).rejects.toThrow('no postgres answers at 127.0.0.1:1');
  });

  test('is packages where only containers may be taken', async (context) => {
    environment({ CACHE_SERVERS: 'containers', POSTGRES_URL: undefined });
    const starting = own(startPostgres());
    const offline = await starting.then(
      () => false,
      (error: Error) => error.message.includes('Failed to fetch'),
    );
    context.skip(offline, 'the package mirror cannot be reached');
    const server = await starting;
    expect(server).toMatchObject({ source: 'package', product: 'postgres' });
  });

  test('that has nothing says what to install', async () => {
    environment({ POSTGRES_URL: undefined, CACHE_SERVERS: 'url' });
    await expect(startPostgres()).rejects.toThrow(
      /no postgres[\s\S]*POSTGRES_URL is not set[\s\S]*apt-get install postgresql/,
    );
  });
});
