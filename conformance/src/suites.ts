import { execute, type RuleResult, type Subject, type Way } from './execute.ts';
import type { AdapterHarness, Opened } from './harness.ts';
import type { JournalHarness, OpenedJournals } from './journal-harness.ts';
import { Bench } from './kit/bench.ts';
import { CacheBench } from './kit/cache-bench.ts';
import { JournalBench } from './kit/journal-bench.ts';
import { StoreBench } from './kit/store-bench.ts';
import { unmet } from './needs.ts';
import type { Need, Rule } from './rule.ts';
import { adapterRules } from './rules/adapter/all.ts';
import { cacheRules } from './rules/cache/all.ts';
import { type JournalNeed, journalRules } from './rules/journal/journal.ts';
import { type StoreNeed, storeRules } from './rules/store/all.ts';
import type { OpenedStore, StoreHarness } from './store-harness.ts';

export type SuiteName = 'adapter' | 'cache';

/** A list of rules and how to prove one of them. */
export interface Suite<H = AdapterHarness, Name extends string = SuiteName> {
  readonly name: Name;
  readonly rules: readonly RuleEntry<H>[];
}

/** One rule of a suite, ready to be proved on an adapter. */
export interface RuleEntry<H = AdapterHarness> {
  readonly id: string;
  readonly says: string;
  readonly needs: readonly string[];
  prove(harness: H): Promise<RuleResult>;
}

/** The contract of adapters. */
export const adapterSuite: Suite = suite<Bench, AdapterHarness, Opened, Need, SuiteName>(
  'adapter',
  adapterRules,
  { benchOf: (opened, prefix, harness) => new Bench(opened, prefix, harness), unmet },
);

/** What a cache promises over any adapter. */
export const cacheSuite: Suite = suite<CacheBench, AdapterHarness, Opened, Need, SuiteName>(
  'cache',
  cacheRules,
  { benchOf: (opened, prefix, harness) => new CacheBench(opened, prefix, harness), unmet },
);

/** What a source of truth owes the strategies. */
export const storeSuite: Suite<StoreHarness, 'store'> = suite<
  StoreBench,
  StoreHarness,
  OpenedStore,
  StoreNeed,
  'store'
>('store', storeRules, {
  benchOf: (opened, prefix, harness) => new StoreBench(opened, prefix, harness),
  unmet: StoreBench.unmet,
});

/** What a journal owes write-behind. */
export const journalSuite: Suite<JournalHarness, 'journal'> = suite<
  JournalBench,
  JournalHarness,
  OpenedJournals,
  JournalNeed,
  'journal'
>('journal', journalRules, {
  benchOf: (opened) => new JournalBench(opened),
  unmet: JournalBench.unmet,
});

/** The suites of an adapter. */
export const SUITES: Readonly<Record<SuiteName, Suite>> = { adapter: adapterSuite, cache: cacheSuite };

/** Every rule, in the order of CONTRACT.md. */
export const RULES: readonly Pick<RuleEntry, 'id' | 'says'>[] = [
  ...adapterSuite.rules,
  ...cacheSuite.rules,
  ...storeSuite.rules,
  ...journalSuite.rules,
];

function suite<B, H extends Subject<O>, O extends AsyncDisposable, N extends string, Name extends string>(
  name: Name,
  rules: readonly Rule<B, N>[],
  way: Way<B, H, O, N>,
): Suite<H, Name> {
  return {
    name,
    rules: rules.map((rule) => ({
      id: rule.id,
      says: rule.says,
      needs: rule.needs,
      prove: (harness) => execute(rule, harness, way),
    })),
  };
}
