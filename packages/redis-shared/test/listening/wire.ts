import { connect, type Socket } from 'node:net';

/** A connection of CLIENT LIST. */
export interface Client {
  readonly id: string;
  readonly flags: string;
}

/** Another program at the server: one plain connection, one command at a time. */
export class Wire {
  readonly #socket: Socket;
  #answer: (text: string) => void = () => undefined;
  #buffer = Buffer.alloc(0);

  constructor({ host, port }: { readonly host: string; readonly port: number }) {
    this.#socket = connect(port, host);
    this.#socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      const reply = replyIn(this.#buffer);
      if (reply === undefined) return;
      this.#buffer = Buffer.alloc(0);
      this.#answer(reply);
    });
  }

  /** The text of a reply that is no list. @throws what the server refused */
  async ask(...command: readonly string[]): Promise<string> {
    const reply = new Promise<string>((resolve) => {
      this.#answer = resolve;
    });
    const args = command.map((one) => `$${Buffer.byteLength(one)}\r\n${one}\r\n`);
    this.#socket.write(`*${command.length}\r\n${args.join('')}`);
    const text = await reply;
    if (text.startsWith('-')) throw new Error(text.slice(1));
    return text;
  }

  async clients(): Promise<Client[]> {
    const lines = (await this.ask('CLIENT', 'LIST')).split('\n').filter((line) => line !== '');
    return lines.map((line) => ({
      id: /id=(\d+)/.exec(line)?.[1] ?? '',
      flags: /flags=(\w+)/.exec(line)?.[1] ?? '',
    }));
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** A whole reply, errors with their minus. */
function replyIn(buffer: Buffer): string | undefined {
  const end = buffer.indexOf('\r\n');
  if (end === -1) return undefined;
  const line = buffer.toString('utf8', 0, end);
  if (line.startsWith('-')) return line;
  if (!line.startsWith('$')) return line.slice(1);
  const length = Number(line.slice(1));
  if (length === -1) return '';
  const from = end + 2;
  return buffer.length < from + length + 2 ? undefined : buffer.toString('utf8', from, from + length);
}
