import { listeningBehaviour } from '../../redis-shared/test/listening/behaviour.ts';
import { ioredisAdapter } from '../src/index.ts';

listeningBehaviour({ toServer: (url, options) => ioredisAdapter({ url, ...options }) });
