// Gives this machine a container engine, if it has none, and that the images of all servers of the matrix. CI needs it;
// anybody else may run it (`pnpm containers`) where no image can be pulled.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineAnswers, provideImages, startRedis } from '../servers/dist/index.js';

const LISTS_MS = 120_000;
const INSTALL_MS = 240_000;
const READY_MS = 60_000;

/** Runs a program to its end, in a bounded time; what it prints is shown only if it fails. */
function run(ms, command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: ms,
    killSignal: 'SIGKILL',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-5).join('\n');
  return { ok: status === 0, said: error ? `${error.message}\n${said}` : said };
}

/** Installs Debian's engine. What lists of packages there are may do; to fetch them costs seconds. */
function install() {
  const packages = ['docker.io', 'iptables', 'ca-certificates'];
  const args = ['-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', 'install', ...packages];
  if (run(INSTALL_MS, 'apt-get', ...args).ok) return;
  const lists = run(LISTS_MS, 'apt-get', '-o', 'Acquire::Retries=2', 'update');
  const { ok, said } = run(INSTALL_MS, 'apt-get', ...args);
  if (!ok) throw new Error(`apt-get installs no docker.io:\n${said}\n${lists.ok ? '' : lists.said}`);
}

/** Starts the engine, if need be without what some machines refuse it: the rules of a firewall, layered folders. */
async function start() {
  const attempts = [
    // Published ports then cost no process and no detour each: it starts containers faster, and answers sooner.
    ['--userland-proxy=false'],
    ['--iptables=false'],
    ['--iptables=false', '--storage-driver=vfs'],
  ];
  const refusals = [];
  for (const args of attempts) {
    try {
      return await startWith(args);
    } catch (error) {
      refusals.push(error.message);
    }
  }
  throw new Error(refusals.join('\n'));
}

/** Starts it apart from this process: it stays, for the next run and for others, until the machine ends. */
async function startWith(args) {
  const log = join(mkdtempSync(join(tmpdir(), 'cache-dockerd-')), 'log');
  const out = openSync(log, 'a');
  const engine = spawn('dockerd', args, { detached: true, stdio: ['ignore', out, out], cwd: '/' });
  let ended = '';
  engine.once('exit', (code, signal) => {
    ended = `it ended (${signal ?? code})`;
  });
  engine.once('error', (error) => {
    ended = error.message;
  });
  engine.unref();
  const lastly = performance.now() + READY_MS;
  while (!(await engineAnswers())) {
    if (ended === '' && performance.now() > lastly) ended = `it did not answer within ${READY_MS} ms`;
    if (ended !== '') {
      const tail = readFileSync(log, 'utf8').trim().split('\n').slice(-10).join('\n');
      await end(engine);
      throw new Error(`dockerd ${args.join(' ')} did not start: ${ended}. It printed:\n${tail}`);
    }
    await sleep(200);
  }
  console.log(`containers: dockerd runs (process ${engine.pid}, it prints to ${log})`);
}

/** Ends an engine: the next one needs its files. */
async function end(engine) {
  if (engine.exitCode !== null || engine.signalCode !== null || engine.pid === undefined) return;
  const exit = once(engine, 'exit');
  engine.kill();
  const timer = setTimeout(() => engine.kill('SIGKILL'), 10_000);
  await exit;
  clearTimeout(timer);
}

async function provideEngine() {
  if (await engineAnswers()) return;
  if (process.getuid?.() !== 0) {
    throw new Error('no container engine answers, and only root could install one: start one');
  }
  if (!run(10_000, 'dockerd', '--version').ok) {
    console.log('containers: no engine is here, installing docker.io');
    install();
  }
  // Where there is an init system the package has started it.
  if (!(await engineAnswers())) await start();
}

const startedAt = performance.now();
const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
const report = { ran: false, error: '' };
try {
  await provideEngine();
  console.log(`containers: an engine answers (${seconds()})`);
  await provideImages(({ image, how }) => console.log(`containers: ${image} ${how} (${seconds()})`));
  // An engine that answers need not be one that can run something and publish its port.
  process.env.CACHE_SERVERS = 'containers';
  await (await startRedis()).close();
  report.ran = true;
  console.log(`containers: one was run (${seconds()})`);
} catch (error) {
  report.error = error.message;
  console.error(`containers: ${error.message}`);
  process.exitCode = 1;
}
mkdirSync('reports', { recursive: true });
writeFileSync('reports/containers.json', `${JSON.stringify(report, undefined, 2)}\n`);
