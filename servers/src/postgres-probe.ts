import type { Identity } from './recipe.ts';
import { type Address, converse } from './wire.ts';

/** Version 3.0 of the protocol. */
const PROTOCOL = 196_608;

/** Class 28 of SQLSTATE: it is ready, and takes only others, or only over TLS. */
const NOT_US = /^28/;

/** Asks a PostgreSQL for its version, which it tells only those whom it trusts: else that is `unknown`. */
export function probePostgres(
  to: Address,
  who: { readonly user: string; readonly database: string },
  ms: number,
): Promise<Identity> {
  const words = Object.entries(who).flat();
  const text = Buffer.from(`${words.join('\0')}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + text.length);
  head.writeInt32BE(PROTOCOL, 4);
  return converse(to, Buffer.concat([head, text]), identity, ms);
}

/** Messages are a letter, a length that includes itself, and that many bytes. */
function identity(reply: string): Identity | undefined {
  const bytes = Buffer.from(reply, 'latin1');
  for (let at = 0; at + 5 <= bytes.length; ) {
    const type = reply[at];
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (type === undefined || !'RSEKNZ'.includes(type) || end <= at + 4) {
      throw new Error(`it answered ${JSON.stringify(reply.slice(0, 80))}`);
    }
    if (end > bytes.length) return undefined;
    const version = told(type, bytes.subarray(at + 5, end));
    if (version !== undefined) return { product: 'postgres', version };
    at = end;
  }
  return undefined;
}

/** The version, if this message tells it or that it will not be told. */
function told(type: string, body: Buffer): string | undefined {
  const fields = body.toString().split('\0');
  if (type === 'R' && body.readInt32BE() !== 0) return 'unknown';
  // `15.18 (Debian 15.18-0+deb12u1)`
  if (type === 'S' && fields[0] === 'server_version') return fields[1]?.split(' ')[0];
  if (type !== 'E') return undefined;
  const field = (letter: string) => fields.find((text) => text.startsWith(letter))?.slice(1) ?? '';
  if (NOT_US.test(field('C'))) return 'unknown';
  throw new Error(`it answered ${field('C')} ${field('M')}`);
}
