import { replicasBehaviour } from '../../redis-shared/test/replicas/behaviour.ts';
import { nodeRedisDriver } from './replicas-driver.ts';

replicasBehaviour(nodeRedisDriver);
