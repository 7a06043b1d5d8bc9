import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Port, reservePort } from './port.ts';
import { type Habitat, type Program, Running } from './program.ts';
import type { Identity, Place, Recipe } from './recipe.ts';
import type { Server } from './server.ts';
import { Tail } from './tail.ts';
import { reason, until } from './until.ts';
import { giveTo, userFor } from './user.ts';
import { Watchdog } from './watchdog.ts';

const READY_MS = 10_000;
const SETUP_MS = 60_000;
const ATTEMPTS = 5;
const TAKEN = /address already in use|EADDRINUSE|failed to listen/i;

/** Runs a server as a process of this machine. */
export async function launchProcess(recipe: Recipe, program: Program): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const dir = await mkdtemp(join(tmpdir(), `cache-${recipe.kind}-`));
    const ports = [await reservePort(), ...(recipe.bus ? [await reservePort()] : [])];
    const server = new ProcessServer(recipe, program, dir, Watchdog.forProcess(dir, recipe.ends), ports);
    try {
      await giveTo(userFor(recipe), dir);
      await server.restart();
      return server;
    } catch (error) {
      await server.close();
      if (attempt === ATTEMPTS || !TAKEN.test(server.log())) throw error;
    }
  }
}

class ProcessServer implements Server {
  readonly host = '127.0.0.1';
  readonly controllable = true;
  readonly kind: Server['kind'];
  readonly source: Server['source'];
  readonly tls?: { readonly ca: string };
  readonly #recipe: Recipe;
  readonly #program: Program;
  readonly #place: Place;
  readonly #watchdog: Watchdog;
  readonly #ports: readonly Port[];
  readonly #log = new Tail();
  #identity: Identity = { product: 'redis', version: '' };
  #running: Running | undefined;
  #closed: Promise<void> | undefined;

  constructor(recipe: Recipe, program: Program, dir: string, watchdog: Watchdog, ports: readonly Port[]) {
    this.kind = recipe.kind;
    this.source = program.source;
    if (recipe.tls) this.tls = recipe.tls;
    this.#recipe = recipe;
    this.#program = program;
    const [port = 0, bus] = ports.map(({ number }) => number);
    this.#place = { dir, bind: this.host, port, ...(bus === undefined ? {} : { bus }) };
    this.#watchdog = watchdog;
    this.#ports = ports;
  }

  get product(): Server['product'] {
    return this.#identity.product;
  }

  get version(): string {
    return this.#identity.version;
  }

  get port(): number {
    return this.#place.port;
  }

  get url(): string {
    return this.#recipe.url(this.host, this.port);
  }

  readonly log = (): string => this.#log.read();

  async freeze(): Promise<void> {
    await this.#alive().freeze();
  }

  async thaw(): Promise<void> {
    await this.#alive().thaw();
  }

  async kill(): Promise<void> {
    await this.#running?.kill();
  }

  async restart(): Promise<void> {
    if (this.#closed) throw new Error('servers: it is closed');
    await this.kill();
    for (const [name, text] of Object.entries(this.#recipe.files(this.#place))) {
      const path = join(this.#place.dir, name);
      if (this.#recipe.kept?.includes(name) && existsSync(path)) continue;
      await writeFile(path, text, { mode: 0o600 });
    }
    await this.#setUp();
    this.#identity = await this.#ready(this.#run(this.#program, this.#recipe.args(this.#place)));
  }

  async #setUp(): Promise<void> {
    const { setup } = this.#recipe;
    if (setup === undefined) return;
    await rm(join(this.#place.dir, setup.data), { recursive: true, force: true });
    const path = join(dirname(this.#program.path), setup.program);
    const running = this.#run({ ...this.#program, path }, setup.args(this.#place));
    const ended = (await until(() => running.ended, SETUP_MS)) ?? `not ended within ${SETUP_MS} ms`;
    if (ended !== 'exit code 0') throw this.#failure(`could not be set up: ${setup.program} has ${ended}`);
  }

  #run(program: Program, args: readonly string[]): Running {
    const habitat: Habitat = {
      dir: this.#place.dir,
      watchdog: this.#watchdog,
      log: this.#log,
      user: userFor(this.#recipe),
      ends: this.#recipe.ends,
    };
    this.#running = new Running(program, args, habitat);
    return this.#running;
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#running?.kill();
      await this.#watchdog.close();
      for (const port of this.#ports) port.release();
    })();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #alive(): Running {
    if (!this.#running) throw new Error('servers: it does not run');
    return this.#running;
  }

  async #ready(running: Running): Promise<Identity> {
    let last = 'it was not asked';
    const identity = await until(async () => {
      if (running.ended !== undefined) throw this.#failure(`ended at once (${running.ended})`);
      try {
        return await this.#recipe.probe({ host: this.host, port: this.port }, 1000);
      } catch (error) {
        last = reason(error);
        return undefined;
      }
    }, READY_MS);
    if (!identity) throw this.#failure(`did not answer within ${READY_MS} ms (${last})`);
    return identity;
  }

  #failure(what: string): Error {
    return new Error(`servers: ${this.#program.path} ${what}. It printed:\n${this.log() || '(nothing)'}`);
  }
}
