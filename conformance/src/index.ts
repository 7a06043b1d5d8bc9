export {
  cacheConformance,
  conformance,
  dataStoreConformance,
  journalConformance,
  type TestRunner,
} from './conformance.ts';
export { rulesAsMarkdown, rulesIn } from './contract.ts';
export type { RuleResult, RuleStatus } from './execute.ts';
export { FakeClock } from './fake-clock.ts';
export * from './faults/index.ts';
export type { AdapterHarness, Disrupt, Opened, OpenOptions, Peer, Restore } from './harness.ts';
export type { JournalHarness, OpenedJournals } from './journal-harness.ts';
export type { Bench } from './kit/bench.ts';
export type { CacheBench } from './kit/cache-bench.ts';
export type { Client, ClientCall } from './models/callers.ts';
export type { ClientRecord, EffectRecord, Event, Fault, History } from './models/history.ts';
export { type Operation, unexplained } from './models/linearize.ts';
export type { Model, Permitted } from './models/model.ts';
export { everyOrder, follow, type Scenario, type Scene } from './models/orders.ts';
export type { Allowed } from './models/passage.ts';
export type { Scheduler, SchedulerOptions } from './models/scheduler.ts';
export { Found, type ModelSettings, Surprise } from './models/search.ts';
export { mutants } from './mutants/all.ts';
export { harnessOf, type Mutant } from './mutants/mutant.ts';
export { type ReferenceAdapter, type ReferenceOptions, referenceAdapter } from './reference/adapter.ts';
export { toJson } from './report/json.ts';
export { toMarkdown } from './report/markdown.ts';
export { type HtmlOptions, toHtml } from './report/page.ts';
export { type Report, type Totals, totalsOf } from './report/report.ts';
export type { AdapterRule, CacheRule, Need, Rule } from './rule.ts';
export { type RunOptions, run } from './run.ts';
export type { OpenedStore, StoreHarness } from './store-harness.ts';
export {
  adapterSuite,
  cacheSuite,
  journalSuite,
  type RuleEntry,
  type Suite,
  type SuiteName,
  storeSuite,
} from './suites.ts';
