import { clusterConformance } from '../../redis-shared/test/cluster/conformance.ts';
import { ioredisDriver } from './cluster-driver.ts';

clusterConformance(ioredisDriver);
