import { type Server, startMemcached } from '@cache/servers';
import { afterAll, beforeAll } from 'vitest';
import { oneLoad } from '../../core/test/fleet/one-load.ts';

let server: Server;
beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.close());

oneLoad('memcached', () => server.url);
