import { converse } from './wire.ts';

/** A reply; strings are Latin-1, so that every byte of a key survives. */
export type Reply = string | number | null | readonly Reply[];

/** Whom to ask: a server, whose URL has the login. */
export interface Askable {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly tls?: { readonly ca: string };
}

/** Sends one command over a connection of its own and gives the reply; rejects with an error reply. */
export async function ask(node: Askable, ...command: (string | number)[]): Promise<Reply> {
  const { username, password } = new URL(node.url);
  const login = [username, password].filter((part) => part !== '').map(decodeURIComponent);
  // A sentinel that has no password of its own answers AUTH with an error, which rejects.
  const lines = login.length > 0 ? [encode(['AUTH', ...login])] : [];
  const text = [...lines, encode(command)].join('');
  const { host, port, tls } = node;
  const to = { host, port, ...(tls ? { tls } : {}) };
  const count = lines.length + 1;
  const replies = await converse(to, Buffer.from(text, 'latin1'), (got) => decode(got, count), 10_000);
  return replies[count - 1] as Reply;
}

function encode(command: readonly (string | number)[]): string {
  const parts = command.map(String);
  return `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`;
}

/** That many replies, or undefined while some of them are to come. */
function decode(text: string, count: number): Reply[] | undefined {
  const replies: Reply[] = [];
  let at = 0;
  while (replies.length < count) {
    const next = parse(text, at);
    if (next === undefined) return undefined;
    replies.push(next.reply);
    at = next.end;
  }
  return replies;
}

function parse(text: string, at: number): { reply: Reply; end: number } | undefined {
  const eol = text.indexOf('\r\n', at);
  if (eol < 0) return undefined;
  const line = text.slice(at + 1, eol);
  const end = eol + 2;
  switch (text[at]) {
    case '+':
      return { reply: line, end };
    case ':':
      return { reply: Number(line), end };
    case '-':
      throw new Error(`the server answered: ${line}`);
    case '$': {
      const length = Number(line);
      if (length < 0) return { reply: null, end };
      return text.length < end + length + 2
        ? undefined
        : { reply: text.slice(end, end + length), end: end + length + 2 };
    }
    default:
      return parseItems(text, Number(line), end);
  }
}

function parseItems(text: string, count: number, from: number): { reply: Reply; end: number } | undefined {
  if (count < 0) return { reply: null, end: from };
  const items: Reply[] = [];
  let end = from;
  while (items.length < count) {
    const next = parse(text, end);
    if (next === undefined) return undefined;
    items.push(next.reply);
    end = next.end;
  }
  return { reply: items, end };
}
