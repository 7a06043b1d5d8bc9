import { type ConnectionSource, inquiry } from '@cache/redis-shared';
import type { NodeRedisSentinel } from './client.ts';
import { fromClient } from './source.ts';

/** Duplicates the client of the master, or of a replica, another one each time, that the sentinel knows at that time. */
export function fromSentinel(sentinel: NodeRedisSentinel, role: 'master' | 'replica'): ConnectionSource {
  const isReplica = role === 'replica';
  // Waits, and asks the sentinels again and again, while the server is not there.
  const ask = inquiry(
    () => sentinel._execute(isReplica, async (client) => ({ client })),
    `the sentinel named no ${role} that can be reached`,
  );
  let last: string | undefined;
  return {
    get endpoint() {
      return isReplica ? (last ?? 'a replica') : (masterOf(sentinel) ?? 'the sentinel');
    },
    async client(settings, hear) {
      if (!sentinel.isOpen) throw new Error('the sentinel is not connected');
      const { client } = await ask(settings.connectTimeoutMs);
      const source = fromClient(client);
      // Where it has no client of a replica, the driver gives that of the master.
      if (isReplica && source.endpoint === masterOf(sentinel)) {
        throw new Error(
          'the sentinel has no replica: there is none, or it needs a replicaPoolSize of 1 or more',
        );
      }
      last = source.endpoint;
      return await source.client(settings, hear);
    },
    // A master that still answers, but is cut off from the sentinels, keeps its connections, and loses what it is told;
    // a replica may be the new one.
    watch(moved) {
      const onChange = ({ type }: { readonly type: string }): void => {
        if (type === 'MASTER_CHANGE') moved(new Error('the sentinels name another master'));
      };
      sentinel.on('topology-change', onChange);
      return () => sentinel.off('topology-change', onChange);
    },
  };
}

function masterOf(sentinel: NodeRedisSentinel): string | undefined {
  const master = sentinel.getMasterNode();
  return master && `${master.host}:${master.port}`;
}
