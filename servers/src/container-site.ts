import type { StartedTestContainer } from 'testcontainers';
import { commandOf, removeContainer, startContainer } from './container.ts';
import { ContainerServer, hostOf, ready } from './container-server.ts';
import type { Engine } from './engine.ts';
import { type Port, reservePort } from './port.ts';
import type { Recipe, Site } from './recipe.ts';
import type { Server } from './server.ts';
import { reason } from './until.ts';

const ATTEMPTS = 5;

/** A Redis that listens to nobody. */
const IDLE = ['--port', '0', '--unixsocket', '/tmp/idle.sock', '--save', ''];

/**
 * Opens a site for containers that talk to each other: one that only holds the network and its published ports, in
 * which the servers run, each in a container of its own. So all of them are at 127.0.0.1 and the same ports for one
 * another and for us, and what a cluster or a sentinel tells of their addresses is true everywhere.
 */
export async function openContainerSite(
  recipe: Recipe,
  image: string,
  count: number,
  engine: Engine,
): Promise<Site> {
  for (let attempt = 1; ; attempt++) {
    const ports = await Promise.all(Array.from({ length: count }, reservePort));
    try {
      const numbers = ports.map(({ number }) => number);
      const spec = { image, command: commandOf(recipe, image, IDLE), files: {}, ports: numbers };
      const holder = await startContainer(spec, engine);
      const site = new ContainerSite(image, engine, holder, ports);
      if (hostOf(holder) === '127.0.0.1') return site;
      await site.close();
      throw new Error(
        `servers: the engine publishes ports at ${hostOf(holder)}, not here: addresses would be wrong`,
      );
    } catch (error) {
      for (const port of ports) port.release();
      if (attempt === ATTEMPTS || !/already (allocated|in use)/i.test(reason(error))) throw error;
    }
  }
}

class ContainerSite implements Site {
  readonly #image: string;
  readonly #engine: Engine;
  readonly #holder: StartedTestContainer;
  readonly #ports: readonly Port[];
  readonly #free: Port[];

  constructor(image: string, engine: Engine, holder: StartedTestContainer, ports: readonly Port[]) {
    this.#image = image;
    this.#engine = engine;
    this.#holder = holder;
    this.#ports = ports;
    this.#free = [...ports];
  }

  async launch(recipe: Recipe): Promise<Server> {
    const [port, bus] = this.#free.splice(0, recipe.bus ? 2 : 1);
    if (port === undefined) throw new Error('servers: the site has no ports left');
    const place = {
      dir: '/tmp',
      bind: '0.0.0.0',
      port: port.number,
      ...(bus === undefined ? {} : { bus: bus.number }),
    };
    const spec = {
      image: this.#image,
      command: commandOf(recipe, this.#image, recipe.args(place)),
      files: recipe.files(place),
      ports: [],
      network: this.#holder.getId(),
      bare: recipe.kept !== undefined,
    };
    const container = await startContainer(spec, this.#engine);
    // The ports are the site's, and released with it.
    const lent: Port = { number: port.number, release: () => {} };
    return await ready(new ContainerServer(recipe, this.#image, this.#engine, container, lent));
  }

  async close(): Promise<void> {
    await removeContainer(this.#holder.getId(), this.#engine);
    for (const port of this.#ports) port.release();
  }
}
