import { join } from 'node:path';
import { Group } from './group.ts';
import type { Place, Recipe } from './recipe.ts';
import { quote, redisRecipe } from './redis.ts';
import { dataRecipe, roleOf } from './replication.ts';
import { ask } from './resp.ts';
import type { Server, StartOptions } from './server.ts';
import { eventually, within } from './until.ts';

const CONF = 'sentinel.conf';

/** What a Redis under sentinels may be asked for. */
export interface RedisSentinelOptions extends Omit<StartOptions, 'controllable'> {
  /** Default: either, or `redis` where a version is asked for. */
  product?: 'redis' | 'valkey';
  /** Default: 2. */
  replicas?: number;
  /** Default: 3. A majority of them must agree. */
  sentinels?: number;
  /** Of master and replicas, one word; the sentinels ask for none. */
  password?: string;
  /** What the sentinels call the master. Default: `mymaster`. */
  name?: string;
  /** How long a server must be silent to be down, ms. Default: 2000; with 1000 new masters are thought down at once. */
  downAfterMs?: number;
  /** Lines of the configuration of master and replicas. */
  config?: Record<string, string>;
}

/** Starts a master, its replicas and their sentinels, each a server of its own that can be frozen and killed. */
export async function startRedisSentinel(options: RedisSentinelOptions = {}): Promise<RedisSentinel> {
  const { replicas = 2, sentinels = 3, name = 'mymaster', password = '' } = options;
  // Redis 7 rewrites it without quotes, and cannot read that when it restarts.
  if (/[\s"'\\]/.test(password)) throw new TypeError('servers: a sentinel takes no such password');
  const group = await Group.open(dataRecipe(options), 1 + replicas + sentinels, options.source);
  const [master] = await group.launch([dataRecipe(options)]);
  if (master === undefined) throw await group.closeAfter(new Error('servers: no master'));
  const followers = await group.launch(Array.from({ length: replicas }, () => dataRecipe(options, master)));
  const watcher = sentinelRecipe(options, name, master, Math.floor(sentinels / 2) + 1);
  const watchers = await group.launch(Array.from({ length: sentinels }, () => watcher));
  const all = new RedisSentinel(group, name, [master, ...followers], watchers);
  try {
    await all.settled();
    return all;
  } catch (error) {
    throw await group.closeAfter(error);
  }
}

/** A sentinel is a Redis with another configuration, which it rewrites itself and needs when it comes back. */
function sentinelRecipe(options: RedisSentinelOptions, name: string, master: Server, quorum: number): Recipe {
  const { password, downAfterMs = 2000, product, version, image } = options;
  const start = {
    ...(product ? { product } : {}),
    ...(version ? { version } : {}),
    ...(image ? { image } : {}),
  };
  const lines = ({ dir, bind, port }: Place): string[] => [
    `bind ${bind}`,
    'protected-mode no',
    `port ${port}`,
    `dir ${quote(dir)}`,
    'sentinel announce-ip 127.0.0.1',
    `sentinel announce-port ${port}`,
    `sentinel monitor ${name} 127.0.0.1 ${master.port} ${quorum}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    // Also how long a failover that failed, or a master that was just changed, is left alone: twice this.
    `sentinel failover-timeout ${name} ${2 * downAfterMs}`,
    `sentinel parallel-syncs ${name} 8`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${quote(password)}`]),
  ];
  return {
    ...redisRecipe({ ...start, controllable: true }),
    files: (place) => ({ [CONF]: `${lines(place).join('\n')}\n` }),
    kept: [CONF],
    args: ({ dir }) => [join(dir, CONF), '--sentinel'],
  };
}

/** One master, its replicas, and sentinels that make one of these the master when it is down. */
export class RedisSentinel implements AsyncDisposable {
  /** What the sentinels call the master. */
  readonly name: string;
  /** The master of the beginning, then the replicas. */
  readonly nodes: readonly Server[];
  readonly sentinels: readonly Server[];
  readonly #group: Group;

  /** @internal */
  constructor(group: Group, name: string, nodes: readonly Server[], sentinels: readonly Server[]) {
    this.#group = group;
    this.name = name;
    this.nodes = nodes;
    this.sentinels = sentinels;
  }

  /** Who the master is, as the first sentinel says that answers. */
  async master(): Promise<Server> {
    const port = await Promise.any(this.sentinels.map((sentinel) => this.#masterPort(sentinel)));
    const node = this.nodes.find((candidate) => candidate.port === port);
    if (node === undefined)
      throw new Error(`servers: the sentinels name port ${port}, which is none of ours`);
    return node;
  }

  /** Makes a replica the master in an orderly way, and waits until all know. Which one, the sentinels choose. */
  async failover(): Promise<Server> {
    const before = await this.master();
    const [sentinel] = this.sentinels;
    if (sentinel === undefined) throw new Error('servers: there is no sentinel');
    // They leave a master alone for some seconds after a failover.
    await eventually('the sentinels begin a failover', async () => {
      return (await ask(sentinel, 'SENTINEL', 'FAILOVER', this.name)) === 'OK';
    });
    return await this.newMaster(before);
  }

  /** Waits until the sentinels have made another server the master than this one, and all that run know. */
  async newMaster(before: Server): Promise<Server> {
    await eventually('there is another master', async () => (await this.master()) !== before);
    await this.settled();
    return await this.master();
  }

  /** Waits until all sentinels that answer name one master, know the others, and all servers that answer follow it. */
  async settled(): Promise<void> {
    await eventually('sentinels and servers agree', async () => {
      const views = await answers(this.sentinels.map((sentinel) => this.#view(sentinel)));
      const master = await this.master();
      const agreed = views.every(({ port, others }) => port === master.port && others === views.length - 1);
      const roles = await answers(this.nodes.map((node) => roleOf(node)));
      const masters = roles.filter((role) => role.role === 'master');
      const following = roles.filter((role) => role.masterPort === master.port && role.linked);
      return (
        agreed &&
        masters.length === 1 &&
        masters[0]?.port === master.port &&
        following.length + 1 === roles.length
      );
    });
  }

  /** Ends all of them. May be called again. */
  close(): Promise<void> {
    return this.#group.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #masterPort(sentinel: Server): Promise<number> {
    const asked = ask(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name);
    const reply = await within(asked, 1000, 'a sentinel');
    return Array.isArray(reply) ? Number(reply[1]) : Number.NaN;
  }

  async #view(sentinel: Server): Promise<{ port: number; others: number }> {
    const asked = ask(sentinel, 'SENTINEL', 'SENTINELS', this.name);
    const reply = await within(asked, 1000, 'a sentinel');
    const flags = (Array.isArray(reply) ? reply : []).map((one) => {
      const fields = one as readonly string[];
      return fields[fields.indexOf('flags') + 1] ?? '';
    });
    // Not `master_down`, which says what another sentinel thinks of the master; Valkey lets it stand after a failover.
    const others = flags.filter((text) => !/[so]_down|disconnected/.test(text)).length;
    return { port: await this.#masterPort(sentinel), others };
  }
}

/** What those that answer said. */
async function answers<T>(asked: readonly Promise<T>[]): Promise<T[]> {
  const all = await Promise.allSettled(asked);
  return all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
