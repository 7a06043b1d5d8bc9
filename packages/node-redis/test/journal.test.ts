import { type JournalDriver, journalBehaviour } from '../../redis-shared/test/journal/behaviour.ts';
import { fleetBehaviour } from '../../redis-shared/test/journal/fleet.ts';
import { nodeRedisAdapter } from '../src/index.ts';

const driver: JournalDriver = {
  toServer: (url, clock) => nodeRedisAdapter({ url, ...(clock && { clock }) }),
  toCluster: (cluster) => nodeRedisAdapter({ cluster }),
};

journalBehaviour(driver);
fleetBehaviour(driver);
