import { journalBehaviour } from '../../redis-shared/test/journal/behaviour.ts';
import { nodeRedisAdapter } from '../src/index.ts';

journalBehaviour({
  toServer: (url, clock) => nodeRedisAdapter({ url, ...(clock && { clock }) }),
  toCluster: (cluster) => nodeRedisAdapter({ cluster }),
});
