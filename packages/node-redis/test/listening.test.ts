import { listeningBehaviour } from '../../redis-shared/test/listening/behaviour.ts';
import { nodeRedisAdapter } from '../src/index.ts';

listeningBehaviour({ toServer: (url, options) => nodeRedisAdapter({ url, ...options }) });
