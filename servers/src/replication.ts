import type { Recipe } from './recipe.ts';
import { quote, type RedisOptions, redisRecipe } from './redis.ts';
import { ask } from './resp.ts';
import type { Server } from './server.ts';
import { within } from './until.ts';

/** What servers that follow one another may be asked for. */
export type DataOptions = Omit<RedisOptions, 'controllable' | 'username' | 'tls' | 'databases'>;

/** A server that others may follow, or that follows a master. */
export function dataRecipe({ password, ...options }: DataOptions, master?: Server): Recipe {
  const login = password === undefined ? {} : { password };
  return redisRecipe({ ...options, ...login, controllable: true }, ({ port }) => [
    'repl-diskless-sync-delay 0',
    'repl-timeout 5',
    'replica-announce-ip 127.0.0.1',
    `replica-announce-port ${port}`,
    ...(password === undefined ? [] : [`masterauth ${quote(password)}`]),
    ...(master === undefined ? [] : [`replicaof 127.0.0.1 ${master.port}`]),
  ]);
}

export interface Role {
  readonly port: number;
  readonly role: string;
  readonly masterPort: number | undefined;
  readonly linked: boolean;
  /** How far it has written, or followed, in bytes of the stream of replication. */
  readonly offset: number;
}

/** What a server says of its part in replication. */
export async function roleOf(node: Server): Promise<Role> {
  const info = String(await within(ask(node, 'INFO', 'replication'), 1000, 'a server'));
  const field = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  const isReplica = field('role') === 'slave';
  return {
    port: node.port,
    role: field('role') ?? '',
    masterPort: isReplica ? Number(field('master_port')) : undefined,
    linked: field('master_link_status') === 'up',
    offset: Number(field(isReplica ? 'slave_repl_offset' : 'master_repl_offset')),
  };
}
