import { accept, find } from './obtain.ts';
import type { Found, Recipe, Site } from './recipe.ts';
import type { Server, Source } from './server.ts';

/** Several servers that belong together, all from one source. */
export class Group {
  readonly #found: Found;
  readonly #site: Site;
  readonly #servers: Server[] = [];
  #closed: Promise<void> | undefined;

  private constructor(found: Found, site: Site) {
    this.#found = found;
    this.#site = site;
  }

  /** Opens a group where servers as this one can be had; it takes up to so many ports. */
  static async open(like: Recipe, ports: number, asked?: Source): Promise<Group> {
    const found = await find(like, asked);
    const site = (await found.site?.(like, ports)) ?? {
      launch: (recipe: Recipe) => found.launch(recipe),
      close: async () => {},
    };
    return new Group(found, site);
  }

  /** Starts servers at the same time; if one cannot, the whole group is closed. */
  async launch(recipes: readonly Recipe[]): Promise<Server[]> {
    const started = await Promise.allSettled(recipes.map((recipe) => this.#launch(recipe)));
    const servers = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    this.#servers.push(...servers);
    const failed = started.find((start) => start.status === 'rejected');
    if (failed) throw await this.closeAfter(failed.reason);
    return servers;
  }

  async #launch(recipe: Recipe): Promise<Server> {
    return await accept(await this.#site.launch(recipe), recipe, this.#found);
  }

  /** Closes the group because of an error, and gives that. */
  async closeAfter(error: unknown): Promise<unknown> {
    await this.close();
    return error;
  }

  /** Ends all servers. May be called again. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await Promise.all(this.#servers.map((server) => server.close()));
      await this.#site.close();
    })();
    return this.#closed;
  }
}
