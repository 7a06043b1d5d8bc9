import { namedReplicasBehaviour } from '../../redis-shared/test/replicas/named.ts';
import { ioredisDriver } from './replicas-driver.ts';

namedReplicasBehaviour(ioredisDriver);
