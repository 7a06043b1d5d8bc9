import { CacheError } from '../error.ts';

/** How an adapter over a network makes, watches and renews its connections: the same options for every one. */
export interface ConnectOptions {
  /** How long a connection may take to be made, greeting and login included, ms. Default: `stallTimeoutMs`. */
  readonly connectTimeoutMs?: number;
  /**
   * A server that owes an answer for so long loses its connection, ms: more than the largest value needs on its way.
   * How long a call waits is its own `timeout`. Default: 2000.
   */
  readonly stallTimeoutMs?: number;
  /** After how much silence TCP asks whether the other side is there, ms; 0 = never. Default: 30,000, or the client's. */
  readonly keepAliveMs?: number;
  /** The pause after an attempt to connect failed, ms; it grows by as much with each further one. Default: 50. */
  readonly reconnectMinMs?: number;
  /** The longest pause between attempts to connect, of which there is no end until `close`, ms. Default: 500. */
  readonly reconnectMaxMs?: number;
}

/** The same, checked and whole. */
export interface ConnectSettings {
  readonly connectTimeoutMs: number;
  readonly stallTimeoutMs: number;
  /** undefined = not given. */
  readonly keepAliveMs: number | undefined;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
}

export const KEEP_ALIVE_MS = 30_000;

const STALL_TIMEOUT_MS = 2000;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 500;
const HOUR_MS = 3_600_000;

/** @throws CacheError `INVALID_OPTION` that names the adapter, the option and its limits */
export function connectSettings(options: ConnectOptions, adapter: string): ConnectSettings {
  const stallTimeoutMs = ms(adapter, 'stallTimeoutMs', options.stallTimeoutMs, STALL_TIMEOUT_MS);
  const reconnectMinMs = ms(adapter, 'reconnectMinMs', options.reconnectMinMs, RECONNECT_MIN_MS);
  const most = Math.max(reconnectMinMs, RECONNECT_MAX_MS);
  const reconnectMaxMs = ms(adapter, 'reconnectMaxMs', options.reconnectMaxMs, most);
  if (reconnectMaxMs < reconnectMinMs) {
    throw invalid(adapter, `reconnectMaxMs must not be below reconnectMinMs, which is ${reconnectMinMs}`);
  }
  const { keepAliveMs } = options;
  if (keepAliveMs !== undefined && keepAliveMs !== 0) {
    // Systems count it in seconds: what is less would be their own default of hours.
    ms(adapter, 'keepAliveMs', keepAliveMs, KEEP_ALIVE_MS, 1000, ', or 0 for none');
  }
  return {
    connectTimeoutMs: ms(adapter, 'connectTimeoutMs', options.connectTimeoutMs, stallTimeoutMs),
    stallTimeoutMs,
    keepAliveMs,
    reconnectMinMs,
    reconnectMaxMs,
  };
}

/** The pause before an attempt to connect, ms. @param failures how many attempts failed, one after the other */
export function reconnectDelay(settings: ConnectSettings, failures: number): number {
  return Math.min(settings.reconnectMinMs * Math.max(1, failures), settings.reconnectMaxMs);
}

function ms(
  adapter: string,
  name: keyof ConnectOptions,
  value: unknown,
  otherwise: number,
  least = 1,
  or = '',
): number {
  if (value === undefined) return otherwise;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= HOUR_MS) {
    return value;
  }
  const problem = `${name} must be a whole number of ms from ${least} to ${HOUR_MS}${or}; left out it is ${otherwise}`;
  throw invalid(adapter, problem);
}

function invalid(adapter: string, problem: string): CacheError {
  return new CacheError('INVALID_OPTION', `${adapter}: ${problem}`);
}
