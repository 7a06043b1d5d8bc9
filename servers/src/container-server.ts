import { existsSync } from 'node:fs';
import type { StartedTestContainer, WaitStrategy } from 'testcontainers';
import type { Engine } from './engine.ts';
import { type Port, reservePort } from './port.ts';
import type { Identity, Place, Recipe } from './recipe.ts';
import type { Server } from './server.ts';
import { Tail } from './tail.ts';
import { reason, until, within } from './until.ts';
import { Watchdog } from './watchdog.ts';

const READY_MS = 10_000;
const START_MS = 60_000;
const ATTEMPTS = 5;

/** We ask the server ourselves; testcontainers would need a shell in the image, or something printed. */
const NO_WAIT: WaitStrategy = {
  waitUntilReady: async () => {},
  withStartupTimeout: () => NO_WAIT,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => READY_MS,
};

/** Runs a server in a container. */
export async function launchContainer(recipe: Recipe, engine: Engine): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const port = await reservePort();
    const watchdog = Watchdog.forContainers(engine.address);
    try {
      const container = await within(created(recipe, engine, port.number, watchdog), START_MS, recipe.image);
      const server = new ContainerServer(recipe, engine, container, port, watchdog);
      try {
        await server.ready();
        return server;
      } catch (error) {
        await server.close();
        throw error;
      }
    } catch (error) {
      await watchdog.close();
      port.release();
      if (attempt === ATTEMPTS || !/already (allocated|in use)/i.test(reason(error))) throw error;
    }
  }
}

/** Starts it, and rejects soon if it ends at once: testcontainers would wait ten seconds for its port. */
async function created(
  recipe: Recipe,
  engine: Engine,
  port: number,
  watchdog: Watchdog,
): Promise<StartedTestContainer> {
  let id = '';
  let settled = false;
  const starting = start(recipe, engine, port, (created) => {
    id = created;
    watchdog.name(id);
  }).finally(() => {
    settled = true;
  });
  const ending = until(async () => settled || (id !== '' && (await engine.ended(id))) || undefined, START_MS);
  const first = await Promise.race([starting, ending]);
  if (typeof first === 'object' || settled) return starting;
  starting.catch(() => {});
  const log = new Tail();
  await within(
    engine.follow(id, 0, (text) => log.add(text)),
    5000,
    'its log',
  ).catch(() => {});
  throw failure(recipe, 'ended at once', log);
}

const failure = ({ image }: Recipe, what: string, log: Tail): Error =>
  new Error(`servers: the container of ${image} ${what}. It printed:\n${log.read() || '(nothing)'}`);

async function start(
  recipe: Recipe,
  engine: Engine,
  port: number,
  onCreated: (id: string) => void,
): Promise<StartedTestContainer> {
  const { GenericContainer } = await import('testcontainers');
  const { REAPER_IMAGE } = await import('testcontainers/build/reaper/reaper.js');
  // Without its image testcontainers would pull it. Our watchdog does the same.
  if (process.env.TESTCONTAINERS_RYUK_DISABLED === undefined && !(await engine.has(REAPER_IMAGE, 5000))) {
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  }
  class Container extends GenericContainer {
    /** A fixed port, the same after a restart, on loopback alone unless we are in a container ourselves. */
    publish(number: number): this {
      this.withExposedPorts({ container: number, host: number });
      if ('socketPath' in engine.address && !existsSync('/.dockerenv')) {
        this.hostConfig.PortBindings = {
          [`${number}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: `${number}` }],
        };
      }
      return this;
    }

    protected override async containerCreated(id: string): Promise<void> {
      onCreated(id);
    }
  }
  const place: Place = { dir: '/tmp', bind: '0.0.0.0', port };
  const program = recipe.programs.find((name) => recipe.image.includes(name.replace('-server', '')));
  const files = Object.entries(recipe.files(place));
  return new Container(recipe.image)
    .publish(port)
    .withCommand([program ?? recipe.programs[0] ?? recipe.kind, ...recipe.args(place)])
    .withCopyContentToContainer(
      files.map(([name, content]) => ({ content, target: `/tmp/${name}`, mode: 0o644 })),
    )
    .withAutoRemove(true)
    .withWaitStrategy(NO_WAIT)
    .start();
}

class ContainerServer implements Server {
  readonly controllable = true;
  readonly kind: Server['kind'];
  readonly source = 'container';
  readonly host: string;
  readonly tls?: { readonly ca: string };
  readonly #recipe: Recipe;
  readonly #engine: Engine;
  readonly #container: StartedTestContainer;
  readonly #port: Port;
  readonly #watchdog: Watchdog;
  readonly #log = new Tail();
  #identity: Identity = { product: 'redis', version: '' };
  #frozen = false;
  #runs = true;
  #closed: Promise<void> | undefined;

  constructor(
    recipe: Recipe,
    engine: Engine,
    container: StartedTestContainer,
    port: Port,
    watchdog: Watchdog,
  ) {
    this.kind = recipe.kind;
    this.host = container.getHost() === 'localhost' ? '127.0.0.1' : container.getHost();
    if (recipe.tls) this.tls = recipe.tls;
    this.#recipe = recipe;
    this.#engine = engine;
    this.#container = container;
    this.#port = port;
    this.#watchdog = watchdog;
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
        throw failure(this.#recipe, 'ended at once', this.#log);
      }
      return undefined;
    }, READY_MS);
    if (!identity) throw failure(this.#recipe, `did not answer within ${READY_MS} ms (${last})`, this.#log);
    this.#identity = identity;
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#container.stop({ timeout: 0 }).catch(() => {});
      // Removes it if that did not.
      await this.#watchdog.close();
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
