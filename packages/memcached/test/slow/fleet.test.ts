import { type Server, startMemcached } from '@cache/servers';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { misfortunes } from '../../../core/test/fleet/misfortunes.ts';
import { outages } from '../../../core/test/fleet/outages.ts';

let server: Server;
beforeAll(async () => {
  server = await startMemcached({ controllable: true });
});
beforeEach(() => server.restart());
afterAll(() => server.close());

misfortunes('memcached', () => server);
outages('memcached', () => server);
