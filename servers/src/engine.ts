import { existsSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

const BRIDGE = 'com.docker.network.bridge.name';

/** Where a container engine listens: options of `http.request`. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number };

/**
 * The few calls of the engine's HTTP API that must be bounded in time, or that testcontainers lacks: to ask for
 * an image without pulling it, to pause, kill and start again. Asking takes no import of testcontainers (0.6 s).
 */
export class Engine {
  readonly address: EngineAddress;

  constructor(address: EngineAddress) {
    this.address = address;
  }

  /** The status and the body of one call. */
  call(method: string, path: string, ms: number): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(Math.ceil(ms));
      const call = request({ ...this.address, method, path, signal, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      });
      call.on('error', (error) =>
        reject(signal.aborted ? new Error(`the engine did not answer within ${Math.ceil(ms)} ms`) : error),
      );
      call.end();
    });
  }

  /** Whether it has this image. */
  async has(image: string, ms: number): Promise<boolean> {
    return (await this.call('GET', `/images/${image}/json`, ms)).status === 200;
  }

  /**
   * Whether the ports that it publishes are at 127.0.0.1 for us: its bridge is one of our network's interfaces.
   * `/.dockerenv` alone, to which testcontainers looks, is also there in machines that were made of an image.
   */
  async here(): Promise<boolean> {
    if (!('socketPath' in this.address)) return false;
    if (!existsSync('/.dockerenv')) return true;
    const { status, body } = await this.call('GET', '/networks/bridge', 5000);
    if (status !== 200) return false;
    const name = (JSON.parse(body) as { Options?: Record<string, string> }).Options?.[BRIDGE];
    return name !== undefined && existsSync(`/sys/class/net/${name}`);
  }

  /** Whether a container's program ran and has ended. */
  async ended(id: string): Promise<boolean> {
    const { status, body } = await this.call('GET', `/containers/${id}/json`, 5000);
    if (status !== 200) return true;
    return /exited|dead|removing/.test((JSON.parse(body) as { State: { Status: string } }).State.Status);
  }

  /** Does something to a container; rejects unless the engine agrees. */
  async act(id: string, what: 'pause' | 'unpause' | 'kill' | 'start' | 'wait'): Promise<void> {
    const { status, body } = await this.call('POST', `/containers/${id}/${what}`, 20_000);
    if (status >= 300) throw new Error(`servers: the engine would not ${what} the container: ${body.trim()}`);
  }

  /** Ends and removes a container in one go, with its volumes; says whether it is gone. */
  async remove(id: string): Promise<boolean> {
    const { status } = await this.call('DELETE', `/containers/${id}?force=1&v=1`, 20_000);
    return status < 300 || status === 404;
  }

  /** Follows what a container prints until it ends, without keeping the process alive. */
  follow(id: string, since: number, onText: (text: string) => void): Promise<void> {
    const path = `/containers/${id}/logs?follow=1&stdout=1&stderr=1&since=${since}`;
    return new Promise((resolve) => {
      const call = request({ ...this.address, path, agent: false }, (response) => {
        response.once('close', resolve);
        demultiplex(response, onText);
      });
      call.on('socket', (socket) => socket.unref());
      call.on('error', () => resolve());
      call.end();
    });
  }
}

/** Takes off the eight bytes before each piece: its stream, and its length at offset four. */
function demultiplex(response: IncomingMessage, onText: (text: string) => void): void {
  let rest = Buffer.alloc(0);
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 8) {
      const end = 8 + rest.readUInt32BE(4);
      if (rest.length < end) return;
      onText(rest.toString('utf8', 8, end));
      rest = rest.subarray(end);
    }
  });
}

/** The places where testcontainers, too, looks for an engine, in its order. */
export function engineAddresses(): EngineAddress[] {
  const host = process.env.DOCKER_HOST ?? configured();
  if (host) {
    const address = parse(host);
    return address ? [address] : [];
  }
  const runtime = process.env.XDG_RUNTIME_DIR;
  return [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(homedir(), '.docker', 'run', 'docker.sock'),
    join(homedir(), '.docker', 'desktop', 'docker.sock'),
    `/run/user/${userInfo().uid}/docker.sock`,
  ]
    .filter((path) => existsSync(path))
    .map((socketPath) => ({ socketPath }));
}

function parse(host: string): EngineAddress | undefined {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (process.env.DOCKER_TLS_VERIFY || !/^(tcp|http):/.test(host) || !URL.canParse(host)) return undefined;
  const { hostname, port } = new URL(host);
  return { host: hostname, port: Number(port || 2375) };
}

function configured(): string | undefined {
  try {
    const text = readFileSync(join(homedir(), '.testcontainers.properties'), 'utf8');
    return /^\s*(?:docker|tc)\.host\s*=\s*(\S+)/m.exec(text)?.[1];
  } catch {
    return undefined;
  }
}
