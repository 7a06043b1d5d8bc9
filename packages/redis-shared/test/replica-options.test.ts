import { describe, expect, test } from 'vitest';
import {
  listedReplicas,
  namedReplicas,
  type RedisReplicaOptions,
  redisServer,
  replicaOf,
} from '../src/index.ts';

const ca = { ca: 'a certificate' };

describe('a replica shares with its server what its own options do not say', () => {
  const server = redisServer({ url: 'redis://me:secret@primary:1/3', tls: ca, clientName: 'mine' }, 'a');
  const shared = { username: 'me', password: 'secret', database: 3, tls: ca, clientName: 'mine' };

  test.each<[RedisReplicaOptions, object]>([
    [{ url: 'redis://there:2' }, {}],
    [{ url: 'redis://there:2/3' }, {}],
    [{ url: 'rediss://there:2' }, {}],
    [{ url: 'redis://:other@there:2' }, { username: undefined, password: 'other' }],
    [
      { url: 'redis://there:2', username: 'you', password: 'x' },
      { username: 'you', password: 'x' },
    ],
    [{ url: 'redis://there:2', tls: { ca: 'another' } }, { tls: { ca: 'another' } }],
  ])('%j', (options, own) => {
    const [replica] = listedReplicas({ replicas: [options], adapter: 'a' }, server.database);
    expect(replica && replicaOf(server, replica)).toEqual({ host: 'there', port: 2, ...shared, ...own });
  });
});

test('TLS by the URL alone', () => {
  const server = redisServer({ url: 'redis://primary:1' }, 'a');
  const [replica] = listedReplicas({ replicas: [{ url: 'rediss://there:2' }], adapter: 'a' }, 0);
  expect(replica && replicaOf(server, replica).tls).toEqual({});
});

test('none are asked for', () => {
  for (const replicas of [undefined, false]) {
    expect(listedReplicas({ replicas, adapter: 'a' }, 0)).toEqual([]);
    expect(namedReplicas({ replicas, adapter: 'a' }, 'a cluster')).toBe(false);
  }
  expect(namedReplicas({ replicas: true, adapter: 'a' }, 'sentinels')).toBe(true);
});
