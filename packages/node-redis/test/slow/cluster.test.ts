import { clusterFailover } from '../../../redis-shared/test/cluster/failover.ts';
import { nodeRedisDriver } from '../cluster-driver.ts';

clusterFailover(nodeRedisDriver);
