import type { Hear, LinkEvent, RedisCommand, RedisLink, RedisReply } from './link.ts';

const READONLY: RedisCommand = ['READONLY'];

/** A link to a replica of a cluster, which sends every read on to its master, unless each connection says READONLY. */
export class ReadonlyLink implements RedisLink {
  readonly #link: RedisLink;
  /** Whether this connection has said so. */
  #told = false;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  get endpoint(): string {
    return this.#link.endpoint;
  }

  get ready(): boolean {
    return this.#link.ready;
  }

  subscribe(listener: (event: LinkEvent) => void): void {
    this.#link.subscribe((event) => {
      if (event.kind !== 'error') this.#told = false;
      listener(event);
    });
  }

  async send(commands: readonly RedisCommand[]): Promise<readonly RedisReply[]> {
    if (this.#told) return await this.#link.send(commands);
    this.#told = true;
    const [told, ...replies] = await this.#link.send([READONLY, ...commands]);
    if (!(told instanceof Error)) return replies;
    this.#told = false;
    // Why it would send every read on, rather than that it does.
    return replies.map(() => told);
  }

  ear(hear: Hear): RedisLink {
    return this.#link.ear(hear);
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
