import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What `holder.mjs` prints of its server. */
export interface Held {
  readonly host: string;
  readonly port: number;
  readonly source: string;
  readonly version: string;
}

/** Another process of node with a server. */
export interface Holder {
  readonly child: ChildProcess;
  /** Its server, once it has one. */
  readonly held: Promise<Held>;
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

/** Starts `holder.mjs`. */
export function hold(then: string, kind = 'redis', env: Record<string, string> = {}): Holder {
  const child = spawn(process.execPath, [here('holder.mjs'), then, kind], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const held = new Promise<Held>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(JSON.parse(chunk.toString()) as Held));
    void exit.then((how) => reject(new Error(`ended (${how}): ${errors}`)));
  });
  held.catch(() => {});
  return { child, held, exit };
}
