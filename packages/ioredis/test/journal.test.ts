import { type JournalDriver, journalBehaviour } from '../../redis-shared/test/journal/behaviour.ts';
import { fleetBehaviour } from '../../redis-shared/test/journal/fleet.ts';
import { ioredisAdapter } from '../src/index.ts';

const driver: JournalDriver = {
  toServer: (url, clock) => ioredisAdapter({ url, ...(clock && { clock }) }),
  toCluster: (cluster) => ioredisAdapter({ cluster }),
};

journalBehaviour(driver);
fleetBehaviour(driver);
