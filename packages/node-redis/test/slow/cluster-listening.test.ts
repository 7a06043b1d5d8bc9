import { clusterListeningFailover } from '../../../redis-shared/test/listening/cluster-failover.ts';
import { nodeRedisDriver } from '../cluster-driver.ts';

clusterListeningFailover(nodeRedisDriver);
