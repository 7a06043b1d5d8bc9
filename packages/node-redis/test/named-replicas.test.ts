import { namedReplicasBehaviour } from '../../redis-shared/test/replicas/named.ts';
import { nodeRedisDriver } from './replicas-driver.ts';

namedReplicasBehaviour(nodeRedisDriver);
