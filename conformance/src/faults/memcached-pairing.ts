import type { Frame } from './frame.ts';
import type { Answer, Pairing } from './pairing.ts';

const STAT = 0x10;

/** GETQ GETKQ SETQ … PREPENDQ, GATQ, GATKQ: answered only on a hit (reads) or an error (writes). */
const isQuiet = (opcode: number): boolean =>
  opcode === 0x09 ||
  opcode === 0x0d ||
  (opcode >= 0x11 && opcode <= 0x1a) ||
  opcode === 0x1e ||
  opcode === 0x24;
const QUITQ = 0x17;

/**
 * memcached answers in order, so a reply belongs to the first waiting request with its opcode, its opaque and, where
 * the reply names one (GETK, GETKQ), its key. Quiet requests that were waiting before that one have then been
 * answered by silence and are forgotten. Two quiet GETQ of one opaque cannot be told apart: the reply goes to the
 * first. STAT is answered by many frames, the last of them without a key.
 */
export class MemcachedPairing implements Pairing {
  #waiting: Frame[] = [];
  /** Where those begin that still wait: taking the first off a long list would copy it each time. */
  #head = 0;

  sent(request: Frame): boolean {
    if (request.type === QUITQ) return false;
    this.#waiting.push(request);
    return !isQuiet(request.type);
  }

  answered(reply: Frame): Answer {
    const key = reply.args[0];
    const named = key !== undefined && key.length > 0 && reply.type !== STAT;
    const answers = (request: Frame): boolean =>
      request.type === reply.type &&
      request.opaque === reply.opaque &&
      (!named || request.args[0]?.equals(key) === true);
    let index = this.#head;
    while (index < this.#waiting.length && !answers(this.#waiting[index] as Frame)) index += 1;
    const request = this.#waiting[index];
    if (request === undefined) return { request, push: false, last: true };
    const last = reply.type !== STAT || key === undefined || key.length === 0;
    if (index === this.#head) {
      if (last) this.#takeFirst();
      return { request, push: false, last };
    }
    const silent = this.#waiting.slice(this.#head, index).filter((earlier) => !isQuiet(earlier.type));
    this.#waiting = [...silent, ...this.#waiting.slice(last ? index + 1 : index)];
    this.#head = 0;
    return { request, push: false, last };
  }

  #takeFirst(): void {
    this.#head += 1;
    if (this.#head < 1024 || this.#head * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}
