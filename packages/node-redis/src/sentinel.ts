import type { ConnectionSource } from '@cache/redis-shared';
import type { NodeRedisSentinel } from './client.ts';
import { duplicate, endpointOf } from './source.ts';
import { single, within } from './waiting.ts';

/** Duplicates the client of the master that the sentinel knows at that time. */
export function fromSentinel(sentinel: NodeRedisSentinel): ConnectionSource {
  // Waits, and asks the sentinels again and again, while the master is not there.
  const ask = single(() => sentinel._execute(false, async (client) => ({ client })));
  return {
    get endpoint() {
      return masterOf(sentinel) ?? 'the sentinel';
    },
    async connection(settings, hear) {
      if (!sentinel.isOpen) throw new Error('the sentinel is not connected');
      const { connectTimeoutMs } = settings;
      const { client } = await within(
        ask(),
        connectTimeoutMs,
        'the sentinel named no master that can be reached',
      );
      return duplicate(client, settings, hear);
    },
    // One that still answers, but is cut off from the sentinels, keeps its connections, and loses what it is told.
    watch: (moved) => watchMaster(sentinel, moved),
  };
}

/** Duplicates the client of a replica that the sentinel knows at that time, another one each time. */
export function fromSentinelReplica(sentinel: NodeRedisSentinel): ConnectionSource {
  let last: string | undefined;
  const ask = single(() => sentinel._execute(true, async (client) => ({ client })));
  return {
    get endpoint() {
      return last ?? 'a replica';
    },
    async connection(settings, hear) {
      if (!sentinel.isOpen) throw new Error('the sentinel is not connected');
      const { client } = await within(ask(), settings.connectTimeoutMs, 'the sentinel named no replica');
      const endpoint = endpointOf(client);
      // Where it has no client of a replica, the driver gives that of the master.
      if (endpoint === masterOf(sentinel)) {
        throw new Error(
          'the sentinel has no replica: there is none, or it needs a replicaPoolSize of 1 or more',
        );
      }
      last = endpoint;
      return duplicate(client, settings, hear);
    },
    // It may be this one.
    watch: (moved) => watchMaster(sentinel, moved),
  };
}

function masterOf(sentinel: NodeRedisSentinel): string | undefined {
  const master = sentinel.getMasterNode();
  return master && `${master.host}:${master.port}`;
}

function watchMaster(sentinel: NodeRedisSentinel, moved: (cause: Error) => void): () => void {
  const onChange = ({ type }: { readonly type: string }): void => {
    if (type === 'MASTER_CHANGE') moved(new Error('the sentinels name another master'));
  };
  sentinel.on('topology-change', onChange);
  return () => sentinel.off('topology-change', onChange);
}
