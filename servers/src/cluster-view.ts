import { type Askable, ask } from './resp.ts';

/** What one node of a Redis cluster believes of a node. */
export interface NodeView {
  readonly id: string;
  readonly port: number;
  readonly role: 'master' | 'replica';
  /** Of a replica: whose. */
  readonly master: string | undefined;
  /** Up, as far as that node knows. */
  readonly good: boolean;
  /** Ranges, first and last. */
  readonly slots: readonly (readonly [first: number, last: number])[];
}

/** What one node believes of all, and whether it serves. */
export interface ClusterView {
  readonly ok: boolean;
  /** It is a master, or has the data of its master. */
  readonly linked: boolean;
  readonly nodes: readonly NodeView[];
}

/** Asks one node for its view. */
export async function viewOf(node: Askable): Promise<ClusterView> {
  const [info, replication, nodes] = await Promise.all([
    ask(node, 'CLUSTER', 'INFO'),
    ask(node, 'INFO', 'replication'),
    ask(node, 'CLUSTER', 'NODES'),
  ]);
  return {
    ok: String(info).includes('cluster_state:ok'),
    linked: /role:master|master_link_status:up/.test(String(replication)),
    nodes: String(nodes)
      .split('\n')
      .filter((line) => line !== '')
      .map(parseNode),
  };
}

/** `<id> <ip:port@bus[,name]> <flags> <master or -> <ping> <pong> <epoch> <link> <slot> ...` */
function parseNode(line: string): NodeView {
  const [id = '', address = '', flags = '', master = '-', , , , link, ...slots] = line.split(' ');
  const all = flags.split(',');
  const doubtful = ['fail', 'fail?', 'handshake', 'noaddr'].some((flag) => all.includes(flag));
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    role: all.includes('master') ? 'master' : 'replica',
    master: master === '-' ? undefined : master,
    good: !doubtful && (link === 'connected' || all.includes('myself')),
    // What is in brackets is a slot on its way.
    slots: slots.filter((slot) => !slot.startsWith('[')).map(parseRange),
  };
}

function parseRange(text: string): [number, number] {
  const [first = '', last = first] = text.split('-');
  return [Number(first), Number(last)];
}

/** Who owns which slots and who follows whom, as a text that is equal for equal views. */
export function topologyOf({ nodes }: ClusterView): string {
  return nodes
    .filter(({ good }) => good)
    .map(({ id, role, master, slots }) => [id, role, master, slots.map((range) => range.join('-'))].join(' '))
    .sort()
    .join('\n');
}

/** Whether a node has a slot. */
export function hasSlot({ slots }: NodeView, slot: number): boolean {
  return slots.some(([first, last]) => slot >= first && slot <= last);
}
