import type { Frame } from './frame.ts';
import type { Answer, Pairing } from './pairing.ts';
import { RespType } from './resp-frames.ts';

const CONFIRMED = new Set([
  'SUBSCRIBE',
  'PSUBSCRIBE',
  'SSUBSCRIBE',
  'UNSUBSCRIBE',
  'PUNSUBSCRIBE',
  'SUNSUBSCRIBE',
]);
const MESSAGES = new Set(['MESSAGE', 'PMESSAGE', 'SMESSAGE']);

/**
 * Redis answers in order, one reply a request, pushes apart. (P|S)(UN)SUBSCRIBE is answered by pushes alone, one a
 * channel; they are paired with it, the first only of an UNSUBSCRIBE that names no channel. Under RESP 2 a push
 * is an array, told by its first element once the connection has subscribed to something.
 *
 * Not followed: CLIENT REPLY OFF and SKIP, MONITOR, and a HELLO 3 that the server refused.
 */
export class RespPairing implements Pairing {
  readonly #waiting: Frame[] = [];
  /** How many confirmations of the first waiting request have come. */
  #confirmed = 0;
  #resp3 = false;
  #subscribed = false;

  sent(request: Frame): boolean {
    const { command } = request;
    // Redis says nothing to an empty line or an empty array.
    if (command === '') return false;
    if (command === 'HELLO') this.#resp3 = request.args[0]?.toString('latin1') === '3';
    if (command === 'RESET') this.#resp3 = false;
    if (CONFIRMED.has(command)) this.#subscribed = true;
    this.#waiting.push(request);
    return true;
  }

  answered(reply: Frame): Answer {
    if (!this.#isPush(reply)) {
      this.#confirmed = 0;
      return { request: this.#waiting.shift(), push: false, last: true };
    }
    const request = this.#waiting[0];
    if (request === undefined || !CONFIRMED.has(reply.command) || request.command !== reply.command) {
      return { request: undefined, push: true, last: true };
    }
    this.#confirmed += 1;
    const last = this.#confirmed >= request.args.length;
    if (last) {
      this.#waiting.shift();
      this.#confirmed = 0;
    }
    return { request, push: true, last };
  }

  #isPush(reply: Frame): boolean {
    if (reply.type === RespType.push) return true;
    if (this.#resp3 || !this.#subscribed || reply.type !== RespType.array) return false;
    return MESSAGES.has(reply.command) || CONFIRMED.has(reply.command);
  }
}
