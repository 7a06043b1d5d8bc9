export { outside } from './async-context.ts';
export type { HeartbeatOptions } from './bus/heartbeat.ts';
export { memoryBus, memoryPubSub } from './bus/memory-bus.ts';
export { pubsubBus } from './bus/pubsub-bus.ts';
export { trackingBus } from './bus/tracking-bus.ts';
export type { EntryInfo, Lookup } from './cache/answers.ts';
export { createCache } from './cache/create.ts';
export type {
  CacheEventName,
  CacheEvents,
  CacheListener,
  ConnectionListener,
  MissReason,
} from './cache/events.ts';
export type {
  Cache,
  CounterMethods,
  FacetMethods,
  FloatMethods,
  Namespace,
  ScanMethods,
  Values,
} from './cache/face.ts';
export type { Guarantee, Guarantees } from './cache/guarantees.ts';
export type { LoadContext, Loader } from './cache/load-context.ts';
export type { LoadOptions, LoadPolicy } from './cache/load-options.ts';
export type { LoadManyContext, ManyLoader } from './cache/many-loads.ts';
export type {
  CacheOptions,
  CallOptions,
  CounterOptions,
  EntryOptions,
  KeysOptions,
  LifeOptions,
  Logger,
  NamespaceOptions,
  ScanOptions,
  SetOptions,
  TouchOptions,
} from './cache/options.ts';
export { DEFAULT_POLICIES, type EntryPolicy, type Policies } from './cache/policies.ts';
export type { ServerStats } from './cache/servers.ts';
export type { InvalidatingOptions } from './cache/source-writes.ts';
export type { CacheStats } from './cache/stats.ts';
export type { WarmOptions, WarmProgress, WarmReport } from './cache/warm.ts';
export { Cached, type Loadable, type WrapOptions } from './cache/wrap.ts';
export type { SetEntry } from './cache/writes.ts';
export { type Clock, systemClock, type Timer } from './clock.ts';
export { bytesCodec } from './codec/bytes.ts';
export type { BytesCodec, Codec, TextCodec } from './codec/codec.ts';
export { type JsonCodecOptions, jsonCodec } from './codec/json.ts';
export { textCodec } from './codec/text.ts';
export {
  type Adapter,
  type AnyAdapter,
  type Call,
  type Condition,
  defineAdapter,
  type Limits,
  type PayloadOf,
  type Removal,
  type Stored,
  type Touch,
  traitsOf,
  type Version,
  type VersionCondition,
  type Write,
  type WriteResult,
} from './contract/adapter.ts';
export type { Bus, BusLine, Ear } from './contract/bus.ts';
export { abortedBy, CLOSED, refusalOf } from './contract/call.ts';
export {
  type ConnectOptions,
  type ConnectSettings,
  connectSettings,
  KEEP_ALIVE_MS,
  reconnectDelay,
} from './contract/connect.ts';
export {
  type ClientReport,
  type ConnectionEvent,
  type ConnectionEvents,
  type CounterAdd,
  type Counters,
  type Expiry,
  FACETS,
  type FacetName,
  type Facets,
  type FloatAdd,
  type FloatCounters,
  type JournalOptions,
  type Journals,
  type PubSub,
  type Scan,
  type ScanMatch,
  type ScanPage,
  type ServerInfo,
  type ServerReport,
  type Subscriber,
  type SyncStore,
  type Tracked,
  type Tracker,
  type Tracking,
} from './contract/facets.ts';
export type { Journal, JournalRecord, Tenure } from './contract/journal.ts';
export { allFailed, type Effect, type Failure, failed, type Outcome, ok } from './contract/outcome.ts';
export { type Duration, parseDuration } from './duration.ts';
export { CacheError, type CacheErrorOptions, ERROR_CODES, type ErrorCode } from './error.ts';
export { hashTag } from './key.ts';
export { type CircuitBreakerOptions, circuitBreaker } from './layers/circuit-breaker.ts';
export { type Failover, type FailoverOptions, failover } from './layers/failover.ts';
export { type Around, layered, type Step } from './layers/layer.ts';
export { type Measurement, metrics } from './layers/metrics.ts';
export { type Partition, type PartitionNode, partition } from './layers/partition.ts';
export { prefix } from './layers/prefix.ts';
export { type RetryOptions, retry } from './layers/retry.ts';
export type { Common, CommonFacet } from './layers/several.ts';
export { type TimeoutOptions, timeout } from './layers/timeout.ts';
export { Rendezvous } from './rendezvous.ts';
export type { StandardSchema } from './schema.ts';
export { memoryJournal } from './strategies/behind/memory-journal.ts';
export type { DeadLetter, WriteBehindOptions } from './strategies/behind/options.ts';
export type { WriteBehindEvent, WriteBehindStats } from './strategies/behind/progress.ts';
export { type CacheAsideOptions, cacheAside } from './strategies/cache-aside.ts';
export { CacheKeys, type CacheKeysOptions } from './strategies/cache-keys.ts';
export type { DataStore, ManyCall, StoreCall } from './strategies/data-store.ts';
export type { StrategyOptions } from './strategies/read-side.ts';
export { type RefreshAheadOptions, refreshAhead } from './strategies/refresh-ahead.ts';
export type { Repository } from './strategies/repository.ts';
export { type WriteAroundOptions, writeAround } from './strategies/write-around.ts';
export {
  type WriteBehindGuarantees,
  type WriteBehindRepository,
  writeBehind,
} from './strategies/write-behind.ts';
export { type WriteThroughOptions, writeThrough } from './strategies/write-through.ts';
export { globMatcher, literalGlob } from './text/glob.ts';
export { TurnTime } from './turn-time.ts';
