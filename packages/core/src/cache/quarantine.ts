import { bytesCodec } from '../codec/bytes.ts';
import type { Version } from '../contract/adapter.ts';
import { ENTRY_KIND } from '../entry/entry.ts';
import { readInstant, writeInstant } from '../entry/layout.ts';
import { ownHead } from '../entry/own-head.ts';
import { writeStamp } from '../identity.ts';
import type { Budget } from './budget.ts';
import { conditionFor } from './condition.ts';
import type { Draft } from './entries.ts';
import type { Scope } from './scope.ts';

/** Token of a writer, then the instant at which its mark ends. */
const TOKEN_BYTES = 16;
const WRITER_BYTES = TOKEN_BYTES + 6;

interface Writer {
  readonly token: Uint8Array;
  readonly until: number;
}

/**
 * A key whose source is being written: what is loaded meanwhile is not kept. It lies in the key's place and names all who
 * write, so that the first who ends does not let in what the others have not written yet.
 */
export class Quarantine<P> {
  readonly #scope: Scope<P>;
  readonly #key: string;
  readonly #token: Uint8Array = new Uint8Array(TOKEN_BYTES);
  /** What the mark is stored as, while nobody else was seen to write the key. */
  #alone: Version | undefined;

  constructor(scope: Scope<P>, key: string) {
    this.#scope = scope;
    this.#key = key;
    writeStamp(this.#token);
  }

  /** Marks the key for so long at most; what stood there is gone. */
  async mark(lengthMs: number, budget: Budget): Promise<void> {
    await this.#change(budget, (others) => [
      ...others,
      { token: this.#token, until: this.#scope.shared.clock.now() + lengthMs },
    ]);
  }

  /**
   * Puts a value in the place of the mark; whether it did. Not where somebody else has marked, written or removed the key
   * since: then nobody here knows whose value the source holds, and the key is better empty.
   */
  async become(draft: Draft<P>, budget: Budget): Promise<boolean> {
    const version = this.#alone;
    if (version === undefined) return false;
    const space = this.#scope.buckets.of(this.#key);
    const { text } = space.key(this.#key);
    this.#scope.flights.detach(text);
    return await space.order.alone(text, 'record', budget, async () => {
      return (await space.entries.write(text, draft, { version }, budget)).written;
    });
  }

  /** Takes the mark away, and whatever else stands there by now unless others are still writing. */
  async end(budget: Budget): Promise<void> {
    await this.#change(budget, (others) => others);
  }

  async #change(budget: Budget, next: (others: readonly Writer[]) => readonly Writer[]): Promise<void> {
    const { buckets, shared, flights } = this.#scope;
    const space = buckets.of(this.#key);
    const serverKey = space.key(this.#key);
    flights.detach(serverKey.text);
    await space.order.alone(serverKey.text, 'nothing', budget, async () => {
      for (let round = 0; ; round += 1) {
        const { stored, record = await space.record.learn(budget) } = await space.find(
          serverKey,
          this.#key,
          budget,
        );
        const writers = next(this.#others(stored?.payload, record));
        if (writers.length === 0) {
          if (stored === undefined) {
            // Whoever took the mark away may have let something in where it was not.
            if (shared.adapter.hasUnseenCopies === true) {
              await space.remove(serverKey.text, undefined, budget);
            }
            await shared.tellUnseen?.(serverKey.text, budget);
            return;
          }
          if (await space.remove(serverKey.text, { version: stored.version }, budget)) return;
          continue;
        }
        const payload = this.#encode(writers, record);
        const ttlMs = Math.ceil(shared.format.keptUntil(payload) - shared.clock.now());
        const when = conditionFor(stored, round);
        const kept = await space.entries.rewrite(
          { key: serverKey.text, payload, ttlMs, when },
          record,
          budget,
        );
        if (kept === undefined) continue;
        this.#alone = writers.length === 1 ? kept : undefined;
        return;
      }
    });
  }

  /** Who else writes at present. */
  #others(payload: P | undefined, record: P): Writer[] {
    const { format, clock } = this.#scope.shared;
    if (payload === undefined || !isQuarantined(this.#scope, payload, record)) return [];
    const body = format.value(payload, bytesCodec) as Uint8Array;
    const writers: Writer[] = [];
    for (let at = 0; at + WRITER_BYTES <= body.length; at += WRITER_BYTES) {
      const token = Uint8Array.from(body.subarray(at, at + TOKEN_BYTES));
      const until = readInstant(body, at + TOKEN_BYTES);
      if (until > clock.now() && !this.#token.every((byte, index) => byte === token[index])) {
        writers.push({ token, until });
      }
    }
    return writers;
  }

  #encode(writers: readonly Writer[], record: P): P {
    const { format, clock } = this.#scope.shared;
    const body = new Uint8Array(writers.length * WRITER_BYTES);
    writers.forEach(({ token, until }, index) => {
      body.set(token, index * WRITER_BYTES);
      writeInstant(body, index * WRITER_BYTES + TOKEN_BYTES, until);
    });
    const keptUntil = Math.max(...writers.map(({ until }) => until));
    return format.encode(
      ownHead('quarantine', format.head(record), clock.now(), keptUntil),
      body,
      bytesCodec,
    );
  }
}

/** Whether a payload is the mark of somebody who writes at present. */
export function isQuarantined<P>({ shared }: Scope<P>, payload: P, record: P): boolean {
  const { format, clock } = shared;
  if (!format.recognizes(payload) || format.kind(payload) !== ENTRY_KIND.quarantine) return false;
  return format.sameEpoch(payload, record) && clock.now() < format.keptUntil(payload);
}
