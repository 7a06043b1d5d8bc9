import { type Call, type Outcome, ok, type ServerReport } from '@cache/core';
import type { Route } from './route.ts';
import { textOf } from './scan.ts';

/** What each server behind a route says of itself. @param now wall clock, ms */
export async function reportsOf(
  route: Route,
  call: Call,
  now: () => number,
): Promise<Outcome<ServerReport>[]> {
  // Whole: to ask for several sections takes Redis 7.
  const told = await route.everywhere(['INFO'], call);
  return told.map((one) =>
    one.ok ? ok(parseInfo(textOf(one.value.reply), one.value.endpoint, now())) : one,
  );
}

/** Reads the text that INFO answers. */
export function parseInfo(info: string, endpoint: string, updatedAt: number): ServerReport {
  const fields = fieldsOf(info);
  const count = (name: string): number => Number(fields.get(name) ?? 0);
  const memoryLimitBytes = count('maxmemory');
  return {
    // Valkey names itself; both tell of the Redis whose commands they know.
    server: fields.get('server_name') ?? 'redis',
    version: fields.get('valkey_version') ?? fields.get('redis_version') ?? '',
    endpoint,
    uptimeSeconds: count('uptime_in_seconds'),
    connectedClients: count('connected_clients'),
    memoryUsedBytes: count('used_memory'),
    memoryLimitBytes,
    keys: keysOf(fields),
    hits: count('keyspace_hits'),
    misses: count('keyspace_misses'),
    evictions: count('evicted_keys'),
    expired: count('expired_keys'),
    evicts: memoryLimitBytes > 0 && fields.get('maxmemory_policy') !== 'noeviction',
    updatedAt,
  };
}

/** The lines `name:value` of INFO. */
export function fieldsOf(info: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of info.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** The keys of all databases: `db0:keys=3,expires=1,avg_ttl=0`. */
function keysOf(fields: ReadonlyMap<string, string>): number {
  let keys = 0;
  for (const [name, value] of fields) {
    if (/^db\d+$/.test(name)) keys += Number(/^keys=(\d+)/.exec(value)?.[1] ?? 0);
  }
  return keys;
}
