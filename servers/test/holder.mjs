// Started by tests, under plain node: starts a server and then does what it is told.
import {
  startMemcached,
  startPostgres,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
} from '../dist/index.js';

const [then, kind] = process.argv.slice(2);
const START = {
  redis: () => startRedis({ controllable: true }),
  memcached: () => startMemcached(),
  postgres: () => startPostgres({ controllable: true }),
  cluster: async () => (await startRedisCluster()).nodes[0],
  sentinel: async () => (await startRedisSentinel()).sentinels[0],
};
const server = await START[kind]();
if (then === 'frozen') await server.freeze();
const { host, port, source, version } = server;
console.log(JSON.stringify({ host, port, source, version }));
if (then === 'close') await server.close();
if (then === 'throw') throw new Error('on purpose');
if (then === 'exit') process.exit(0);
// 'end': nothing is left to do, and the server must not keep the process.
if (then === 'stay' || then === 'frozen') setInterval(() => {}, 1000);
