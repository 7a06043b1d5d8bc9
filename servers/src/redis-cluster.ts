import { type ClusterView, hasSlot, topologyOf, viewOf } from './cluster-view.ts';
import { Group } from './group.ts';
import type { Place, Recipe } from './recipe.ts';
import { quote, redisRecipe } from './redis.ts';
import { ask } from './resp.ts';
import type { Server, StartOptions } from './server.ts';
import { idOf, SlotMove } from './slot-move.ts';
import { eventually, within } from './until.ts';

const SLOTS = 16_384;

/** What a Redis Cluster may be asked for. */
export interface RedisClusterOptions extends Omit<StartOptions, 'controllable'> {
  /** Default: either, or `redis` where a version is asked for. */
  product?: 'redis' | 'valkey';
  /** Default: 3, the fewest that can agree that one is down. */
  masters?: number;
  /** Of each master. Default: 0. */
  replicas?: number;
  password?: string;
  /** How long a node must be silent to be down, ms. Default: 2000; less, and a busy machine fails over by itself. */
  nodeTimeoutMs?: number;
  /** Lines of the configuration of every node. */
  config?: Record<string, string>;
}

/** Starts a cluster of Redis 7 or newer, or of Valkey, each node a server of its own that can be frozen and killed. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { masters = 3, replicas = 0 } = options;
  if (masters < 3) throw new RangeError('servers: a cluster needs 3 masters to agree on anything');
  const recipe = nodeRecipe(options);
  const count = masters * (1 + replicas);
  const group = await Group.open(recipe, 2 * count, options.source);
  const nodes = await group.launch(Array.from({ length: count }, () => recipe));
  const cluster = new RedisCluster(group, nodes);
  try {
    await form(nodes, masters);
    await cluster.settled();
    return cluster;
  } catch (error) {
    throw await group.closeAfter(error);
  }
}

function nodeRecipe({
  password,
  nodeTimeoutMs = 2000,
  config = {},
  ...options
}: RedisClusterOptions): Recipe {
  const login = password === undefined ? {} : { password };
  const recipe = redisRecipe({ ...options, ...login, config, controllable: true }, ({ port, bus }: Place) => [
    'cluster-enabled yes',
    `cluster-port ${bus}`,
    `cluster-node-timeout ${nodeTimeoutMs}`,
    'repl-diskless-sync-delay 0',
    // How nodes and clients reach it, though in a container it cannot know.
    'cluster-announce-ip 127.0.0.1',
    `cluster-announce-port ${port}`,
    `cluster-announce-bus-port ${bus}`,
    ...(password === undefined ? [] : [`masterauth ${quote(password)}`]),
  ]);
  return { ...recipe, bus: true };
}

async function form(nodes: readonly Server[], masters: number): Promise<void> {
  const [first] = nodes;
  if (first === undefined) return;
  const share = SLOTS / masters;
  // Epochs of their own, or the nodes would have to find out first whose word counts.
  await Promise.all(nodes.map((node, index) => ask(node, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1)));
  await Promise.all(
    nodes.slice(0, masters).map((node, index) => {
      const range = [Math.round(index * share), Math.round((index + 1) * share) - 1];
      return ask(node, 'CLUSTER', 'ADDSLOTSRANGE', ...range);
    }),
  );
  for (const node of nodes.slice(1)) {
    const bus = Number(/@(\d+)/.exec(String(await ask(node, 'CLUSTER', 'NODES')))?.[1]);
    await ask(first, 'CLUSTER', 'MEET', '127.0.0.1', node.port, bus);
  }
  await eventually('the nodes know each other', async () => {
    const views = await Promise.all(nodes.map(viewOf));
    return views.every((view) => view.nodes.filter(({ good }) => good).length === nodes.length);
  });
  for (const [index, replica] of nodes.slice(masters).entries()) {
    const master = nodes[index % masters] ?? first;
    await ask(replica, 'CLUSTER', 'REPLICATE', await idOf(master));
  }
}

/** Three masters or more that share the slots, and their replicas. */
export class RedisCluster implements AsyncDisposable {
  /** The masters of the beginning, then the replicas: of the first master, of the second, … and again. */
  readonly nodes: readonly Server[];
  readonly #group: Group;

  /** @internal */
  constructor(group: Group, nodes: readonly Server[]) {
    this.#group = group;
    this.nodes = nodes;
  }

  /** The slot of a key, as a server says. */
  async slotOf(key: string): Promise<number> {
    return Number(await ask(await this.#awake(), 'CLUSTER', 'KEYSLOT', Buffer.from(key).toString('latin1')));
  }

  /** The master that has a slot at present. */
  async ownerOf(slot: number): Promise<Server> {
    const { nodes } = await viewOf(await this.#awake());
    const owner = nodes.find((node) => node.role === 'master' && hasSlot(node, slot));
    return this.#at(owner?.port);
  }

  /** The masters that have slots at present. */
  async masters(): Promise<Server[]> {
    const { nodes } = await viewOf(await this.#awake());
    return nodes.filter(({ slots }) => slots.length > 0).map(({ port }) => this.#at(port));
  }

  /** The replicas of a master that are up at present. */
  async replicasOf(master: Server): Promise<Server[]> {
    const { nodes } = await viewOf(await this.#awake());
    const id = nodes.find(({ port }) => port === master.port)?.id;
    return nodes.filter((node) => node.master === id && node.good).map(({ port }) => this.#at(port));
  }

  /** Moves a slot with its keys, while clients work, and waits until all know. */
  async moveSlot(slot: number, from: Server, to: Server): Promise<void> {
    const move = await this.beginMove(slot, from, to);
    await move.finish();
    await this.settled();
  }

  /** Begins to move a slot, and leaves the rest to the caller. */
  async beginMove(slot: number, from: Server, to: Server): Promise<SlotMove> {
    const move = new SlotMove(slot, from, to, await this.masters());
    await move.begin();
    return move;
  }

  /** Makes a replica the master in an orderly way: no write is lost. */
  async failover(replica: Server): Promise<void> {
    const id = await idOf(replica);
    await ask(replica, 'CLUSTER', 'FAILOVER');
    await eventually('the replica is a master', async () => {
      const { nodes } = await viewOf(replica);
      return nodes.some((node) => node.id === id && node.role === 'master');
    });
    await this.settled();
  }

  /** Waits until all nodes that answer serve, agree on who has which slots and who is up, and replicas have their data. */
  async settled(): Promise<void> {
    await eventually('the nodes agree', async () => {
      const answers = await Promise.allSettled(this.nodes.map(answer));
      const views = answers.flatMap((view) => (view.status === 'fulfilled' ? [view.value] : []));
      const [first] = views;
      if (first === undefined || !views.every(({ ok }) => ok)) return false;
      return views.every((view) => view.linked && topologyOf(view) === topologyOf(first));
    });
  }

  /** Ends all nodes. May be called again. */
  close(): Promise<void> {
    return this.#group.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A node that answers and serves. */
  async #awake(): Promise<Server> {
    const all = this.nodes.map(async (node) =>
      (await answer(node)).ok ? node : Promise.reject(new Error()),
    );
    return Promise.any(all).catch(() => {
      throw new Error('servers: no node of the cluster serves');
    });
  }

  #at(port: number | undefined): Server {
    const node = this.nodes.find((candidate) => candidate.port === port);
    if (node === undefined) throw new Error('servers: the cluster knows no such node');
    return node;
  }
}

/** A node's view, soon: one that is frozen must not hold up the others. */
function answer(node: Server): Promise<ClusterView> {
  return within(viewOf(node), 1000, 'a node of the cluster');
}
