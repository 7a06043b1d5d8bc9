import { cacheConformance, conformance } from '@cache/conformance';
import { type Server, startMemcached } from '@cache/servers';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Admin } from './admin.ts';
import { type Given, ownConnection, pooled, proxied } from './harness.ts';

let servers: Server[] = [];
let admins: Admin[] = [];

beforeAll(async () => {
  servers = await Promise.all([1, 2, 3].map(() => startMemcached({ controllable: true, memory: 256 })));
  admins = await Promise.all(servers.map((server) => Admin.connect(server)));
});
afterAll(async () => {
  for (const admin of admins) admin.close();
  await Promise.all(servers.map((server) => server.close()));
});

const given: Given = { servers: () => servers, admins: () => admins };
const runner = { describe, test };

conformance(runner, proxied(given));
cacheConformance(runner, ownConnection(given));
cacheConformance(runner, pooled(given));
