import { connect, type Socket } from 'node:net';
import type { Frame } from '../../src/faults/frame.ts';
import { MemcachedParser } from '../../src/faults/memcached-frames.ts';
import { RespParser } from '../../src/faults/resp-frames.ts';

/** A connection that shows what arrives, byte by byte: no driver between the test and the wire. */
export class WireClient {
  readonly socket: Socket;
  /** Everything that has arrived. */
  text = '';
  /** Resolves with 'end' (FIN), or with the code of the error, when the connection is over for reading. */
  readonly over: Promise<string>;
  #frames: Frame[] = [];
  #watchers: (() => void)[] = [];

  constructor(socket: Socket, memcached: boolean) {
    this.socket = socket;
    const parser = memcached ? new MemcachedParser('reply') : new RespParser('reply');
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.#frames.push(...parser.push(chunk));
      for (const watcher of this.#watchers) watcher();
    });
    this.over = new Promise((resolve) => {
      socket.once('end', () => resolve('end'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  }

  /** Sends commands in one write. */
  send(...commands: string[][]): void {
    this.socket.write(commands.map(encode).join(''));
  }

  /** Resolves when `ready` holds of what has arrived. */
  when(ready: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (ready()) resolve();
      };
      this.#watchers.push(look);
      look();
    });
  }

  /** The next frame. */
  async frame(): Promise<Frame> {
    await this.when(() => this.#frames.length > 0);
    const [frame] = this.#frames.splice(0, 1);
    if (frame === undefined) throw new Error('Two readers');
    return frame;
  }

  /** The next frame's text, without its last CRLF. */
  async reply(): Promise<string> {
    return (await this.frame()).bytes.toString('latin1').replace(/\r\n$/, '');
  }

  async ask(...command: string[]): Promise<string> {
    this.send(command);
    return this.reply();
  }
}

/** Rejects if the connection is refused. */
export function wire({ host, port }: { host: string; port: number }, memcached = false): Promise<WireClient> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      const client = new WireClient(socket, memcached);
      socket.on('error', () => {});
      resolve(client);
    });
  });
}

const encode = (command: string[]): string =>
  `*${command.length}\r\n${command.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`;

/** A memcached request. */
export function packet(opcode: number, opaque: number, key = '', value = '', extras = ''): Buffer {
  const body = Buffer.from(extras + key + value, 'latin1');
  const header = Buffer.alloc(24);
  header.writeUInt8(0x80, 0);
  header.writeUInt8(opcode, 1);
  header.writeUInt16BE(key.length, 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt32BE(body.length, 8);
  header.writeUInt32BE(opaque, 12);
  return Buffer.concat([header, body]);
}
