import { journalBehaviour } from '../../redis-shared/test/journal/behaviour.ts';
import { ioredisAdapter } from '../src/index.ts';

journalBehaviour({
  toServer: (url, clock) => ioredisAdapter({ url, ...(clock && { clock }) }),
  toCluster: (cluster) => ioredisAdapter({ cluster }),
});
