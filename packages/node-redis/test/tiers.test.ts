import { tieredCaches } from '../../redis-shared/test/listening/caches.ts';
import { nodeRedisAdapter } from '../src/index.ts';

tieredCaches({ toServer: (url, options) => nodeRedisAdapter({ url, ...options }) });
