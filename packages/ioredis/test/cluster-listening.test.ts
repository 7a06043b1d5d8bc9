import { clusterListening } from '../../redis-shared/test/listening/cluster.ts';
import { ioredisDriver } from './cluster-driver.ts';

clusterListening(ioredisDriver);
