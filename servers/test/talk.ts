import { onTestFinished } from 'vitest';
import type { Server } from '../src/index.ts';
import { converse } from '../src/wire.ts';

/** Sends one line over a socket of its own and gives the first line of the reply. */
export function say(server: Server, line: string, ms = 2000): Promise<string> {
  const { host, port, tls } = server;
  return converse(
    { host, port, ...(tls ? { tls } : {}) },
    `${line}\r\n`,
    (reply) => (reply.includes('\r\n') ? reply.split('\r\n')[0] : undefined),
    ms,
  );
}

/** Closes the server when the test is over. */
export async function own(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  onTestFinished(() => server.close());
  return server;
}

/** A value of INFO or CONFIG GET: what stands after the name. */
export function ask(server: Server, line: string, name: string): Promise<string> {
  const pattern = new RegExp(`${name}(?::|\\r\\n\\$\\d+\\r\\n)(\\S+)\\r\\n`);
  return converse(server, `${line}\r\n`, (reply) => pattern.exec(reply)?.[1], 2000);
}

/** Whether a process of this id is there. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Sets variables of the environment for one test. */
export function environment(values: Record<string, string | undefined>): void {
  const before = { ...process.env };
  onTestFinished(() => {
    for (const name of Object.keys(values)) set(name, before[name]);
  });
  for (const [name, value] of Object.entries(values)) set(name, value);
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
