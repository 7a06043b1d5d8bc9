import { clusterBehaviour } from '../../redis-shared/test/cluster/behaviour.ts';
import { ioredisDriver } from './cluster-driver.ts';

clusterBehaviour(ioredisDriver);
