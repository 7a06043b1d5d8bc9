import { clusterListeningFailover } from '../../../redis-shared/test/listening/cluster-failover.ts';
import { ioredisDriver } from '../cluster-driver.ts';

clusterListeningFailover(ioredisDriver);
