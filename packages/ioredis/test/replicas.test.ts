import { replicasBehaviour } from '../../redis-shared/test/replicas/behaviour.ts';
import { ioredisDriver } from './replicas-driver.ts';

replicasBehaviour(ioredisDriver);
