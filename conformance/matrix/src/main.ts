import { mkdir, writeFile } from 'node:fs/promises';
import { type AdapterHarness, type Report, run, toJson, toMarkdown, totalsOf } from '@cache/conformance';
import { startMemcached, startRedis } from '@cache/servers';
import { Redis } from 'ioredis';
import { ioredisHarnesses } from './ioredis.ts';
import { memcachedHarnesses } from './memcached.ts';
import { memoryHarnesses } from './memory.ts';
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
    return await proveAll(ioredisHarnesses(server, admin));
  } finally {
    admin.disconnect();
    await server.close();
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
const reports = [...(await proveAll(memoryHarnesses())), ...(await onRedis()), ...(await onMemcached())];
await mkdir(REPORTS, { recursive: true });
await writeFile(new URL('conformance.json', REPORTS), toJson(reports));
await writeFile(new URL('conformance.md', REPORTS), toMarkdown(reports));
const { rules, passed, failed, skipped, known } = totalsOf(reports.flatMap(({ results }) => results));
console.log(
  `\n${rules} proofs: ${passed} passed, ${failed} failed, ${skipped} skipped with a reason, ${known} known to fail.` +
    '\nreports/conformance.md says which were skipped, and why.',
);
process.exitCode = failed === 0 ? 0 : 1;
