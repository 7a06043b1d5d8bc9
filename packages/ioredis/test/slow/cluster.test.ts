import { clusterFailover } from '../../../redis-shared/test/cluster/failover.ts';
import { ioredisDriver } from '../cluster-driver.ts';

clusterFailover(ioredisDriver);
