import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** The drivers of which a fleet can be. */
export type Driver = 'ioredis' | 'node-redis' | 'memcached';

/** A server that a test may trouble: this package does not depend on the one that starts them. */
export interface Server {
  readonly url: string;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A process told its parent so. */
type Told = 'ready' | 'loading' | 'running';

type Message =
  | { readonly told: Told }
  | { readonly id: number; readonly answer?: unknown; readonly error?: string };

/** One process of a fleet, which does as it is asked. */
export class FleetProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<NodeJS.Signals | null>;
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exit = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
  }

  static async start(driver: Driver, url: string, namespace: string): Promise<FleetProcess> {
    const one = new FleetProcess(fork(WORKER, [driver, url, namespace], { execArgv: [] }));
    await Promise.race([
      one.tells('ready'),
      one.#exit.then((signal) => Promise.reject(new Error(`it ended: ${signal}`))),
    ]);
    return one;
  }

  /** By what signal it ended. */
  get exit(): Promise<NodeJS.Signals | null> {
    return this.#exit;
  }

  /** Resolves when it says so next. */
  tells(what: Told): Promise<void> {
    return new Promise((resolve) => {
      const onMessage = (message: Message): void => {
        if (!('told' in message) || message.told !== what) return;
        this.#child.off('message', onMessage);
        resolve();
      };
      this.#child.on('message', onMessage);
    });
  }

  /** What it answers. Never settles if it dies meanwhile. */
  ask<T>(task: string, given: object): Promise<T> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      const onMessage = (message: Message): void => {
        if (!('id' in message) || message.id !== id) return;
        this.#child.off('message', onMessage);
        if (message.error === undefined) resolve(message.answer as T);
        else reject(new Error(message.error));
      };
      this.#child.on('message', onMessage);
      this.#child.send({ id, task, ...given });
    });
  }

  /** Lets it go on that had stopped. */
  goOn(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it; by force if it does not by itself. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.send({ task: 'end' });
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#exit;
    clearTimeout(force);
  }
}
