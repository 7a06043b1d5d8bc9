import { type Server, startRedis } from '@cache/servers';
import { afterAll, beforeAll } from 'vitest';
import { oneLoad } from '../../core/test/fleet/one-load.ts';

let server: Server;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

oneLoad('node-redis', () => server.url);
