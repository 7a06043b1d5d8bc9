import { appendFileSync } from 'node:fs';
import type { Server } from './server.ts';

const ANNOUNCED = Symbol.for('@cache/servers announced');

/** Says once a process (test runners load modules many times) what was taken. */
export function announce(server: Server, where: string): void {
  record(server, where);
  const shared = globalThis as { [ANNOUNCED]?: Set<string> };
  shared[ANNOUNCED] ??= new Set();
  const what = `${server.product} ${server.version} from ${where}`;
  if (shared[ANNOUNCED].has(what)) return;
  shared[ANNOUNCED].add(what);
  process.stderr.write(`servers: ${what}, port ${server.port}\n`);
}

/** Every start is a line of the file that the environment names: CI counts there what its tests have met. */
function record({ product, version, source }: Server, where: string): void {
  const log = process.env.CACHE_SERVERS_LOG;
  // Short lines, appended by one call: those of several processes do not mix.
  if (log) appendFileSync(log, `${JSON.stringify({ product, version, source, where })}\n`);
}
