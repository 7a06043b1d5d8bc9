import type { StartedTestContainer } from 'testcontainers';
import { commandOf, failure, removeContainer, startContainer } from './container.ts';
import type { Engine } from './engine.ts';
import { type Port, reservePort } from './port.ts';
import type { Identity, Place, Recipe } from './recipe.ts';
import type { Server } from './server.ts';
import { Tail } from './tail.ts';
import { reason, until, within } from './until.ts';

const READY_MS = 10_000;
const ATTEMPTS = 5;

/** Runs a server in a container. */
export async function launchContainer(recipe: Recipe, image: string, engine: Engine): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const port = await reservePort();
    const place: Place = { dir: '/tmp', bind: '0.0.0.0', port: port.number };
    try {
      const spec = {
        image,
        command: commandOf(recipe, image, recipe.args(place)),
        files: recipe.files(place),
        ports: [port.number],
      };
      const container = await startContainer(spec, engine);
      return await ready(new ContainerServer(recipe, image, engine, container, port));
    } catch (error) {
      port.release();
      if (attempt === ATTEMPTS || !/already (allocated|in use)/i.test(reason(error))) throw error;
    }
  }
}

/** Waits until a server answers; closes it if it does not. */
export async function ready(server: ContainerServer): Promise<ContainerServer> {
  try {
    await server.ready();
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Where the engine publishes ports. */
export function hostOf(container: StartedTestContainer): string {
  const host = container.getHost();
  return host === 'localhost' ? '127.0.0.1' : host;
}

/** A server in a container. */
export class ContainerServer implements Server {
  readonly controllable = true;
  readonly kind: Server['kind'];
  readonly source = 'container';
  readonly host: string;
  readonly tls?: { readonly ca: string };
  readonly #recipe: Recipe;
  readonly #image: string;
  readonly #engine: Engine;
  readonly #container: StartedTestContainer;
  readonly #port: Port;
  readonly #log = new Tail();
  #identity: Identity = { product: 'redis', version: '' };
  #frozen = false;
  #runs = true;
  #closed: Promise<void> | undefined;

  constructor(recipe: Recipe, image: string, engine: Engine, container: StartedTestContainer, port: Port) {
    this.kind = recipe.kind;
    this.host = hostOf(container);
    if (recipe.tls) this.tls = recipe.tls;
    this.#recipe = recipe;
    this.#image = image;
    this.#engine = engine;
    this.#container = container;
    this.#port = port;
  }

  get product(): Server['product'] {
    return this.#identity.product;
  }

  get version(): string {
    return this.#identity.version;
  }

  get port(): number {
    return this.#port.number;
  }

  get url(): string {
    return this.#recipe.url(this.host, this.port);
  }

  readonly log = (): string => this.#log.read();

  async freeze(): Promise<void> {
    if (!this.#frozen) await this.#act('pause');
    this.#frozen = true;
  }

  async thaw(): Promise<void> {
    if (this.#frozen) await this.#act('unpause');
    this.#frozen = false;
  }

  async kill(): Promise<void> {
    if (!this.#runs) return;
    this.#runs = false;
    // A container that is paused cannot be killed.
    await this.thaw();
    await this.#act('kill');
    await this.#act('wait');
  }

  async restart(): Promise<void> {
    if (this.#closed) throw new Error('servers: it is closed');
    await this.kill();
    await this.#act('start');
    this.#runs = true;
    await this.ready();
  }

  /** Waits until it answers, and follows what it prints. */
  async ready(): Promise<void> {
    const since = Math.floor(Date.now() / 1000) - 2;
    const printed = this.#engine.follow(this.#container.getId(), since, (text) => this.#log.add(text));
    let last = '';
    const identity = await until(async () => {
      try {
        return await this.#recipe.probe({ host: this.host, port: this.port }, 1000);
      } catch (error) {
        last = reason(error);
      }
      if (await this.#engine.ended(this.#container.getId())) {
        await within(printed, 5000, 'its log').catch(() => {});
        throw failure(this.#image, 'ended at once', this.#log);
      }
      return undefined;
    }, READY_MS);
    if (!identity) throw failure(this.#image, `did not answer within ${READY_MS} ms (${last})`, this.#log);
    this.#identity = identity;
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await removeContainer(this.#container.getId(), this.#engine);
      this.#port.release();
    })();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #act(what: Parameters<Engine['act']>[1]): Promise<void> {
    await this.#engine.act(this.#container.getId(), what);
  }
}
