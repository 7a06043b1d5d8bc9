import { clusterConformance } from '../../redis-shared/test/cluster/conformance.ts';
import { nodeRedisDriver } from './cluster-driver.ts';

clusterConformance(nodeRedisDriver);
