import type { Clock, ConnectionEvent } from '@cache/core';
import { type Address, addressText } from './address.ts';
import type { RedisLink } from './link.ts';
import { Session } from './session.ts';

/** One server of a cluster. */
export interface Node {
  readonly address: Address;
  readonly link: RedisLink;
  readonly session: Session;
  /** Whether a redirect led to it since the last map, which need not name it yet. */
  wanted: boolean;
}

/** The servers of a cluster that there are connections to, made when they are first asked for. */
export class Nodes {
  readonly #linkTo: (address: Address) => RedisLink;
  readonly #clock: Clock;
  readonly #heard: (event: ConnectionEvent) => void;
  readonly #nodes: Map<string, Node> = new Map();
  readonly #leaving: Set<Promise<void>> = new Set();

  constructor(
    linkTo: (address: Address) => RedisLink,
    clock: Clock,
    heard: (event: ConnectionEvent) => void,
  ) {
    this.#linkTo = linkTo;
    this.#clock = clock;
    this.#heard = heard;
  }

  all(): Node[] {
    return [...this.#nodes.values()];
  }

  at(address: Address): Node {
    const name = addressText(address);
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const link = this.#linkTo(address);
    const node = { address, link, session: new Session(link, this.#clock), wanted: false };
    node.session.on(this.#heard);
    this.#nodes.set(name, node);
    return node;
  }

  /** Parts with a server: what waits for it comes back, what it has is waited for. */
  retire(node: Node): void {
    this.#nodes.delete(addressText(node.address));
    node.session.withdraw();
    const left = node.session.close();
    this.#leaving.add(left);
    void left.then(() => this.#leaving.delete(left));
  }

  async close(): Promise<void> {
    const closing = this.all().map(({ session }) => session.close());
    await Promise.all([...closing, ...this.#leaving]);
  }
}
