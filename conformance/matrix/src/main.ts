import { mkdir, writeFile } from 'node:fs/promises';
import { type AdapterHarness, type Report, run, toJson, toMarkdown, totalsOf } from '@cache/conformance';
import { startMemcached, startRedis, startRedisCluster, startRedisSentinel } from '@cache/servers';
import { Cluster, Redis } from 'ioredis';
import { ioredisHarnesses, ioredisOnCluster, ioredisOnSentinel } from './ioredis.ts';
import { memcachedHarnesses } from './memcached.ts';
import { memoryHarnesses } from './memory.ts';
import { nodeRedisHarnesses, nodeRedisOnCluster, nodeRedisOnSentinel } from './node-redis.ts';
import { row, tableHead } from './table.ts';

const REPORTS = new URL('../../../reports/', import.meta.url);

async function proveAll(harnesses: readonly AdapterHarness[]): Promise<Report[]> {
  const reports: Report[] = [];
  for (const harness of harnesses) {
    const startedAt = performance.now();
    const report = await run(harness);
    console.log(row(report, performance.now() - startedAt));
    for (const { id, error } of report.results) {
      if (error !== undefined) console.log(`    ${id}: ${error.message.split('\n')[0]}`);
    }
    reports.push(report);
  }
  return reports;
}

async function onRedis(): Promise<Report[]> {
  const server = await startRedis();
  const admin = new Redis(server.url);
  try {
    await admin.ping();
    return await proveAll([...ioredisHarnesses(server, admin), ...nodeRedisHarnesses(server, admin)]);
  } finally {
    admin.disconnect();
    await server.close();
  }
}

async function onCluster(): Promise<Report[]> {
  const cluster = await startRedisCluster();
  const admin = new Cluster(cluster.nodes.map(({ host, port }) => ({ host, port })));
  try {
    // Connects to all of them now, and not during a rule, which looks for what is left behind.
    await admin.ping();
    await Promise.all(admin.nodes().map((node) => node.ping()));
    return await proveAll([...ioredisOnCluster(cluster, admin), ...nodeRedisOnCluster(cluster, admin)]);
  } finally {
    admin.disconnect();
    await cluster.close();
  }
}

async function onSentinel(): Promise<Report[]> {
  const redis = await startRedisSentinel();
  const admin = new Redis((await redis.master()).url);
  try {
    return await proveAll([...ioredisOnSentinel(redis, admin), ...nodeRedisOnSentinel(redis, admin)]);
  } finally {
    admin.disconnect();
    await redis.close();
  }
}

async function onMemcached(): Promise<Report[]> {
  const servers = await Promise.all([1, 2, 3].map(() => startMemcached({ controllable: true, memory: 256 })));
  const { harnesses, close } = await memcachedHarnesses(servers);
  try {
    return await proveAll(harnesses);
  } finally {
    close();
    await Promise.all(servers.map((server) => server.close()));
  }
}

console.log(tableHead());
const reports = [
  ...(await proveAll(memoryHarnesses())),
  ...(await onRedis()),
  ...(await onCluster()),
  ...(await onSentinel()),
  ...(await onMemcached()),
];
await mkdir(REPORTS, { recursive: true });
await writeFile(new URL('conformance.json', REPORTS), toJson(reports));
await writeFile(new URL('conformance.md', REPORTS), toMarkdown(reports));
const { rules, passed, failed, skipped, known } = totalsOf(reports.flatMap(({ results }) => results));
console.log(
  `\n${rules} proofs: ${passed} passed, ${failed} failed, ${skipped} skipped with a reason, ${known} known to fail.` +
    '\nreports/conformance.md says which were skipped, and why.',
);
process.exitCode = failed === 0 ? 0 : 1;
