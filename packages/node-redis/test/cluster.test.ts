import { clusterBehaviour } from '../../redis-shared/test/cluster/behaviour.ts';
import { nodeRedisDriver } from './cluster-driver.ts';

clusterBehaviour(nodeRedisDriver);
