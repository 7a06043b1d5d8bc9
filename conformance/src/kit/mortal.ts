import type { Failure, Write } from '@cache/core';
import type { TestAdapter } from './bench.ts';
import { around } from './wrap.ts';
import { kindOf } from './written.ts';

const GONE: Failure = { code: 'UNAVAILABLE', message: 'gone', retryable: true, outcome: 'not-applied' };

/** An adapter whose process dies, or whose writes of one kind get lost, when told so. */
export class Mortal {
  readonly adapter: TestAdapter;
  /** Nothing reaches the store any more. */
  dead = false;
  /** The kind of which writes fail, and what becomes of their effect. */
  fails: { readonly kind: number; readonly effect: 'lost' | 'done' } | undefined;

  constructor(inner: TestAdapter) {
    this.adapter = around(inner, async (name, items, go) => {
      if (this.dead) return items.map(() => ({ ok: false, error: GONE }));
      const { fails } = this;
      const concerned = (item: unknown): boolean => {
        return name === 'write' && fails !== undefined && kindOf(item as Write<unknown>) === fails.kind;
      };
      if (!items.some(concerned)) return await go();
      const reaching = items.filter((item) => !concerned(item) || fails?.effect === 'done');
      const answers = reaching.length === 0 ? [] : await go(reaching);
      return items.map((item) => {
        const answer = answers[reaching.indexOf(item)];
        if (answer !== undefined && !concerned(item)) return answer;
        return { ok: false, error: { ...GONE, code: 'TIMEOUT', outcome: 'unknown' } };
      });
    });
  }
}
