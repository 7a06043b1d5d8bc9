import { type Server, startRedis } from '@cache/servers';
import { afterAll, beforeAll } from 'vitest';
import { crashes } from '../../../core/test/crash/crashes.ts';

let server: Server;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

// Of a process that was killed the next one waits for the lease, 100 ms.
crashes(() => server.url, 250);
