import { deepEqual, equal, ok } from 'node:assert/strict';
import { CacheError, type ErrorCode, type Journal } from '@cache/core';
import type { OpenedJournals } from '../journal-harness.ts';
import type { JournalNeed } from '../rules/journal/journal.ts';
import { PATIENCE_MS } from './bench.ts';
import { within } from './check.ts';

/** What a rule of a journal gets: a place, and journals over it that are closed after the rule. */
export class JournalBench {
  readonly #opened: OpenedJournals;
  readonly #journals: Journal[] = [];

  constructor(opened: OpenedJournals) {
    this.#opened = opened;
  }

  /** Why a rule cannot be asked; undefined = it can. */
  static unmet(needs: readonly JournalNeed[], opened: OpenedJournals): string | undefined {
    for (const need of needs) {
      if (need === 'keeps' && opened.open().keeps === 'nothing')
        return 'the journal says that it keeps nothing';
      if (need === 'lapse' && opened.lapse === undefined)
        return 'the right to drain ends with the process alone';
    }
    return undefined;
  }

  /** A journal over the place, as another process has it. */
  open(): Journal {
    const journal = this.#opened.open();
    this.#journals.push(journal);
    return journal;
  }

  /** One that is claimed. */
  async claimed(): Promise<Journal> {
    const journal = this.open();
    await this.settled('claim', journal.claim());
    return journal;
  }

  async lapse(): Promise<void> {
    await this.#opened.lapse?.();
  }

  async settled<T>(what: string, call: Promise<T>): Promise<T> {
    return await within(PATIENCE_MS, what, call);
  }

  /** Rejects unless the journal holds exactly these records, in this order. */
  async holds(journal: Journal, expected: readonly (readonly [number, Uint8Array])[]): Promise<void> {
    const records = await this.settled('read', journal.read(0, 1000));
    deepEqual(
      records.map(({ sequence, bytes }) => [sequence, ...bytes]),
      expected.map(([sequence, bytes]) => [sequence, ...bytes]),
    );
  }

  /** The `CacheError` with which a call must reject. */
  async rejection(what: string, call: Promise<unknown>, codes: readonly ErrorCode[]): Promise<CacheError> {
    const caught = await this.settled(
      what,
      call.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    ok(caught instanceof CacheError, `${what} did not reject with a CacheError: ${String(caught)}`);
    equal(
      codes.includes(caught.code),
      true,
      `${what} rejected with ${caught.code}, not ${codes.join(' or ')}`,
    );
    return caught;
  }

  async finish(): Promise<void> {
    for (const journal of this.#journals) await this.settled('close', journal.close());
  }
}
