import { Group } from './group.ts';
import { type DataOptions, dataRecipe, roleOf } from './replication.ts';
import { ask } from './resp.ts';
import type { Server } from './server.ts';
import { eventually } from './until.ts';

/** What a Redis with replicas may be asked for. */
export interface RedisReplicationOptions extends DataOptions {
  /** Default: 1. */
  replicas?: number;
}

/** Starts a primary and its replicas, each a server of its own that can be frozen and killed. */
export async function startRedisReplication(
  options: RedisReplicationOptions = {},
): Promise<RedisReplication> {
  const { replicas = 1, ...data } = options;
  const group = await Group.open(dataRecipe(data), 1 + replicas, data.source);
  const [primary] = await group.launch([dataRecipe(data)]);
  if (primary === undefined) throw await group.closeAfter(new Error('servers: no primary'));
  const followers = await group.launch(Array.from({ length: replicas }, () => dataRecipe(data, primary)));
  const all = new RedisReplication(group, primary, followers);
  try {
    await all.caughtUp();
    return all;
  } catch (error) {
    throw await group.closeAfter(error);
  }
}

/** A primary and those that follow it, with nobody who would make one of them the primary. */
export class RedisReplication implements AsyncDisposable {
  readonly primary: Server;
  readonly replicas: readonly Server[];
  readonly #group: Group;

  /** @internal */
  constructor(group: Group, primary: Server, replicas: readonly Server[]) {
    this.#group = group;
    this.primary = primary;
    this.replicas = replicas;
  }

  /** Ends the following of a replica, which keeps what it has and goes on answering. */
  async detach(replica: Server): Promise<void> {
    await ask(replica, 'REPLICAOF', 'NO', 'ONE');
  }

  /** Lets a replica follow again, and waits until it has everything. */
  async attach(replica: Server): Promise<void> {
    await ask(replica, 'REPLICAOF', '127.0.0.1', this.primary.port);
    await this.caughtUp([replica]);
  }

  /** Waits until replicas have what the primary has at this moment. */
  async caughtUp(replicas: readonly Server[] = this.replicas): Promise<void> {
    const { offset } = await roleOf(this.primary);
    await eventually('replicas follow', async () => {
      const roles = await Promise.all(replicas.map(roleOf));
      return roles.every((role) => {
        return role.linked && role.masterPort === this.primary.port && role.offset >= offset;
      });
    });
  }

  /** Sends one command to a server over a connection of its own. */
  async ask(server: Server, ...command: (string | number)[]): Promise<string> {
    return String(await ask(server, ...command));
  }

  /** Ends all of them. May be called again. */
  close(): Promise<void> {
    return this.#group.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
