import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

// Reads process ids, keeps the last one, and at the end of its input (we closed it, or died in any way
// whatsoever) kills that process and removes the folder. SIGKILL also ends a process that is stopped; after another
// signal it is given time to end. What it has started may still write to the folder, so removing may need a second try.
const FOR_PROCESSES = `trap '' INT TERM HUP QUIT
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ] && [ "$2" != SIGKILL ] && kill -s "\${2#SIG}" "$pid" 2>/dev/null; then
  kill -CONT "$pid" 2>/dev/null
  tries=0
  while [ $tries -lt 80 ] && grep -q '^State:[[:space:]]*[^Z]' "/proc/$pid/status" 2>/dev/null; do
    sleep 0.1
    tries=$((tries + 1))
  done
fi
[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
rm -rf -- "$1" 2>/dev/null || { sleep 1; rm -rf -- "$1"; }`;

// The same for all containers of a process, `+id` and `-id`: a DELETE at the engine, since no docker command need be there.
const FOR_CONTAINERS = `for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(s, () => {});
const ids = new Set();
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  line[0] === '+' ? ids.add(line.slice(1)) : ids.delete(line.slice(1));
}).on('close', () => {
  for (const id of ids)
    require('node:http').request({ ...JSON.parse(process.argv[1]), method: 'DELETE',
      path: '/containers/' + id + '?force=1&v=1' }, (r) => r.resume()).on('error', () => {}).end();
});`;

const shared = new Map<string, Watchdog>();

/** A process beside us that cleans up when we are gone, even by SIGKILL. */
export class Watchdog {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  /** Its input: one id a line. Servers write theirs themselves, before anything can go wrong. */
  readonly input: Writable;

  private constructor(command: string, args: string[]) {
    // Detached: Ctrl-C in a terminal reaches the whole group. No NODE_OPTIONS, and a PATH that has rm.
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
    });
    this.#gone = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.input = this.#child.stdin as Writable;
    this.input.on('error', () => {});
    this.#child.unref();
    unref(this.input);
  }

  /** Watches over one server process, which it would end by this signal, and its folder. */
  static forProcess(dir: string, signal: NodeJS.Signals = 'SIGKILL'): Watchdog {
    return new Watchdog('/bin/sh', ['-c', FOR_PROCESSES, 'servers-watchdog', dir, signal]);
  }

  /** The one that watches over our containers of the engine at this address (options of `http.request`). */
  static forContainers(engine: object): Watchdog {
    const address = JSON.stringify(engine);
    // A node for each container would take longer to start than the container.
    const watchdog = shared.get(address) ?? new Watchdog(process.execPath, ['-e', FOR_CONTAINERS, address]);
    shared.set(address, watchdog);
    return watchdog;
  }

  /** Names what is to be ended; the empty string: nothing any more. */
  name(id: string): void {
    this.input.write(`${id}\n`);
  }

  /** Makes it do its work now, and waits for that. */
  async close(): Promise<void> {
    this.#child.ref();
    this.input.end();
    await this.#gone;
  }
}

/** Lets the process end although this pipe is open. */
export function unref(pipe: object | null): void {
  if (pipe && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
}
