import { describe } from 'vitest';
import { overOneServer } from '../../../redis-shared/test/tiers/one-server.ts';

describe('three processes with local tiers, through troubles', () => {
  overOneServer('node-redis', 'redis', 'tracking');
  overOneServer('node-redis', 'redis', 'pubsub');
});
