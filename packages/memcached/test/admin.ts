import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Server } from '@cache/servers';

/** Speaks the text protocol to a server, for what the binary one cannot say. One command at a time. */
export class Admin {
  readonly #socket: Socket;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async connect({ host, port }: Pick<Server, 'host' | 'port'>): Promise<Admin> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new Admin(socket);
  }

  /** The answer, up to its last line. */
  command(line: string, end = '\r\n'): Promise<string> {
    const answer = this.#turn.then(async () => {
      this.#socket.write(`${line}\r\n`);
      let text = '';
      while (!text.endsWith(end)) text += String((await once(this.#socket, 'data'))[0]);
      return text.slice(0, -end.length);
    });
    this.#turn = answer;
    return answer;
  }

  stats(): Promise<string> {
    return this.command('stats', 'END\r\n');
  }

  /** What is left of a life, in the server's seconds; −1 = no end, undefined = nothing there. */
  async secondsLeft(key: string): Promise<number | undefined> {
    const answer = await this.command(`mg ${base64(key)} b t`);
    return answer.startsWith('HD t') ? Number(answer.slice(4)) : undefined;
  }

  /** Ends a life, as if its ttl had passed: by a date before the server began. */
  async expire(key: string): Promise<void> {
    await this.command(`mg ${base64(key)} b T${30 * 86_400 + 1}`);
  }

  /** Removes a key, as if there had been no room for it. */
  async lose(key: string): Promise<void> {
    await this.command(`md ${base64(key)} b`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

function base64(key: string): string {
  return Buffer.from(key).toString('base64');
}
