import { type Server, startRedis } from '@cache/servers';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { misfortunes } from '../../../core/test/fleet/misfortunes.ts';
import { outages } from '../../../core/test/fleet/outages.ts';

let server: Server;
beforeAll(async () => {
  server = await startRedis({ controllable: true });
});
beforeEach(() => server.restart());
afterAll(() => server.close());

misfortunes('node-redis', () => server);
outages('node-redis', () => server);
