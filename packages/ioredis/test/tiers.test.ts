import { tieredCaches } from '../../redis-shared/test/listening/caches.ts';
import { ioredisAdapter } from '../src/index.ts';

tieredCaches({ toServer: (url, options) => ioredisAdapter({ url, ...options }) });
