import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { run } from './run.ts';
import type { Tail } from './tail.ts';
import { until } from './until.ts';
import type { User } from './user.ts';
import { unref, type Watchdog } from './watchdog.ts';

/** A PostgreSQL kills children that do not end after five seconds. */
const ENDING_MS = 8000;

/** A program on disk that can be run. */
export interface Program {
  readonly path: string;
  /** Where its libraries are, if the system's do not do. */
  readonly libraries?: string;
  /** Runs it in place of the system's loader, which would be too old or new for its libraries. */
  readonly loader?: string;
  readonly source: 'binary' | 'package';
}

/** What a program says of its version; rejects if it cannot run, because a library is missing. */
export function askVersion(program: Program): Promise<string> {
  const [path = '', ...args] = commandLine(program, ['--version']);
  return run(path, args, { ms: 10_000, env: environment(program) });
}

function commandLine({ path, libraries = '', loader }: Program, args: readonly string[]): string[] {
  return loader ? [loader, '--library-path', libraries, path, ...args] : [path, ...args];
}

function environment({ libraries, loader }: Program): Record<string, string> {
  return libraries && !loader ? { LD_LIBRARY_PATH: libraries } : {};
}

/** What a program runs in. */
export interface Habitat {
  readonly dir: string;
  readonly watchdog: Watchdog;
  readonly log: Tail;
  /** Whom it runs as, if not as we do. */
  readonly user?: User | undefined;
  /** What ends it at once; otherwise SIGKILL. */
  readonly ends?: NodeJS.Signals | undefined;
}

/** A program that runs. It never keeps our process alive, and dies with it by its watchdog. */
export class Running {
  readonly #child: ChildProcess;
  readonly #exit: Promise<string>;
  readonly #ends: NodeJS.Signals;
  /** Why it is not running, once it is not. */
  ended: string | undefined;

  constructor(program: Program, args: readonly string[], { dir, watchdog, log, user, ends }: Habitat) {
    this.#ends = ends ?? 'SIGKILL';
    // The shell tells the watchdog its own process id, which is the program's after `exec`: there is no moment
    // in which the program runs and nobody knows of it.
    this.#child = spawn(
      '/bin/sh',
      ['-c', 'echo $$ >&3; exec "$@" 3>&-', 'sh', ...commandLine(program, args)],
      {
        cwd: dir,
        ...user,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', watchdog.input],
        env: {
          PATH: '/usr/bin:/bin',
          LC_ALL: 'C',
          ...environment(program),
        },
      },
    );
    this.#exit = new Promise((resolve) => {
      const end = (why: string) => {
        this.ended = why;
        watchdog.name('');
        resolve(why);
      };
      // 'close' comes after the last output was read.
      this.#child.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
      this.#child.once('error', (error) => end(error.message));
    });
    for (const pipe of [this.#child.stdout, this.#child.stderr]) {
      pipe?.on('data', (chunk: Buffer) => log.add(chunk));
      unref(pipe);
    }
    this.#child.unref();
  }

  /** Stops it and its children as by SIGSTOP, and waits until all of it stands. */
  async freeze(): Promise<void> {
    this.#signal('SIGSTOP');
    // It first: what stands has no further children.
    await standing(this.#child.pid);
    for (const pid of await this.#children()) {
      signal(pid, 'SIGSTOP');
      await standing(pid);
    }
  }

  /** Lets it go on. */
  async thaw(): Promise<void> {
    for (const pid of await this.#children()) signal(pid, 'SIGCONT');
    this.#signal('SIGCONT');
  }

  /** Kills it and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.ended !== undefined) return;
    this.#child.ref();
    for (const pipe of [this.#child.stdout, this.#child.stderr]) {
      if (pipe && 'ref' in pipe && typeof pipe.ref === 'function') pipe.ref();
    }
    this.#child.kill(this.#ends);
    if (this.#ends !== 'SIGKILL') {
      await this.thaw().catch(() => {});
      await until(() => this.ended, ENDING_MS);
      this.#child.kill('SIGKILL');
    }
    await this.#exit;
  }

  #signal(name: NodeJS.Signals): void {
    if (this.ended !== undefined) throw new Error(`servers: it does not run (${this.ended})`);
    this.#child.kill(name);
  }

  /** Its children, on Linux. */
  async #children(): Promise<number[]> {
    const { pid } = this.#child;
    const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    return list.split(' ').filter(Boolean).map(Number);
  }
}

async function standing(pid: number | undefined): Promise<void> {
  await until(async () => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') T');
    // What has ended and waits to be collected does not go on, either.
    return /\) [TtZ]/.test(stat) || undefined;
  }, 1000);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
