import { spawn } from 'node:child_process';
import { request } from 'node:http';
import type { Engine } from './engine.ts';
import { Tail } from './tail.ts';

const REGISTRY_MS = 5000;
const PULL_MS = 120_000;
const IMPORT_MS = 180_000;

/** Whether the engine can reach the registry of an image: it is asked, since its network need not be ours. */
export async function canPull(engine: Engine, image: string): Promise<boolean> {
  try {
    return (await engine.call('GET', `/distribution/${image}/json`, REGISTRY_MS)).status === 200;
  } catch {
    return false;
  }
}

/** Pulls an image, and says whether it is there now. */
export async function pull(engine: Engine, image: string): Promise<boolean> {
  try {
    await engine.call('POST', `/images/create?fromImage=${encodeURIComponent(image)}`, PULL_MS);
    return await engine.has(image, REGISTRY_MS);
  } catch {
    return false;
  }
}

/** Makes an image of a folder: `tar -c . | docker import - NAME`, without a docker command. */
export async function importFolder(engine: Engine, folder: string, image: string): Promise<void> {
  const tar = spawn('tar', ['-C', folder, '--owner=0', '--group=0', '--numeric-owner', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = new Tail();
  tar.stderr.on('data', (chunk: Buffer) => said.add(chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    tar.once('close', resolve);
    tar.once('error', reject);
  });
  const [repo = '', tag = ''] = image.split(':');
  const path = `/images/create?${new URLSearchParams({ fromSrc: '-', repo, tag })}`;
  const answer = send(engine, path, tar.stdout).catch((error: unknown) => {
    tar.kill();
    throw error;
  });
  const [{ status, body }, code] = await Promise.all([answer, ended]);
  if (code !== 0) throw new Error(`servers: tar failed: ${said.read()}`);
  // What goes wrong after the first byte comes with status 200.
  if (status !== 200 || /"error"/.test(body))
    throw new Error(`servers: the engine made no ${image}: ${body}`);
}

/** Gives an image another name. */
export async function tag(engine: Engine, image: string, name: string): Promise<void> {
  const [repo = '', as = ''] = name.split(':');
  const path = `/images/${image}/tag?${new URLSearchParams({ repo, tag: as })}`;
  const { status, body } = await engine.call('POST', path, REGISTRY_MS);
  if (status >= 300) throw new Error(`servers: the engine would not name ${image} ${name}: ${body}`);
}

function send(
  { address }: Engine,
  path: string,
  content: NodeJS.ReadableStream,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-tar' };
    const signal = AbortSignal.timeout(IMPORT_MS);
    const call = request({ ...address, method: 'POST', path, headers, signal, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    call.on('error', reject);
    content.pipe(call);
  });
}
