import { mkdir, writeFile } from 'node:fs/promises';
import {
  type AdapterHarness,
  type Report,
  run,
  toHtml,
  toJson,
  toMarkdown,
  totalsOf,
} from '@cache/conformance';
import { memoryHarnesses } from './memory.ts';
import { row, tableHead } from './table.ts';
import {
  memcachedPool,
  oneRedis,
  type Release,
  redisCluster,
  redisSentinel,
  type Topology,
} from './topologies.ts';

const REDIS_RELEASES: readonly Release[] = [
  { product: 'redis', version: '8' },
  { product: 'redis', version: '7' },
  { product: 'valkey', version: '9' },
];
const MEMCACHED_VERSIONS = ['1.6', '1.6.18'];

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

/**
 * Proves what stands on one topology, and ends it.
 * @param ways `all`, or without the caller's own clients, which are the same to any release of a server
 */
async function proveOn(starting: Promise<Topology>, ways: 'all' | 'own'): Promise<Report[]> {
  const { harnesses, close } = await starting;
  try {
    return await proveAll(harnesses.filter(({ name }) => ways === 'all' || !name.includes("caller's")));
  } finally {
    await close();
  }
}

console.log(tableHead());
const reports = await proveAll(memoryHarnesses());
for (const [index, release] of REDIS_RELEASES.entries()) {
  for (const start of [oneRedis, redisCluster, redisSentinel]) {
    reports.push(...(await proveOn(start(release), index === 0 ? 'all' : 'own')));
  }
}
for (const [index, version] of MEMCACHED_VERSIONS.entries()) {
  reports.push(...(await proveOn(memcachedPool(version), index === 0 ? 'all' : 'own')));
}
await mkdir(REPORTS, { recursive: true });
await writeFile(new URL('conformance.json', REPORTS), toJson(reports));
await writeFile(new URL('conformance.md', REPORTS), toMarkdown(reports));
await writeFile(new URL('conformance.html', REPORTS), toHtml(reports));
const { rules, passed, failed, skipped, known } = totalsOf(reports.flatMap(({ results }) => results));
console.log(
  `\n${rules} proofs: ${passed} passed, ${failed} failed, ${skipped} skipped with a reason, ${known} known to fail.` +
    '\nreports/conformance.html (and .md, .json) says which were skipped, and why.',
);
process.exitCode = failed === 0 ? 0 : 1;
