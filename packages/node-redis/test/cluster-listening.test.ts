import { clusterListening } from '../../redis-shared/test/listening/cluster.ts';
import { nodeRedisDriver } from './cluster-driver.ts';

clusterListening(nodeRedisDriver);
