import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

export const ADAPTERS = ['memory', 'ioredis'] as const;

export type AdapterName = (typeof ADAPTERS)[number];

/** What the command line asks for. */
export interface Arguments {
  readonly adapter: AdapterName;
  /** Where the server is; undefined = nowhere, the adapter is embedded. */
  readonly url: string | undefined;
  readonly requests: number;
  readonly seed: number;
  /** How many places to load, the most populous first; undefined = all. */
  readonly places: number | undefined;
  readonly help: boolean;
}

const DEFAULT_URL = 'redis://127.0.0.1:6379';
const DEFAULT_REQUESTS = 15_000;
const DEFAULT_SEED = 1;

export const HELP: string = `A cache at work: real places in a real SQL database, asked the same questions without and with the cache.

  npx -y pnpm@12 demo [options]

  --adapter NAME   where the cache keeps its entries: ${ADAPTERS.join(', ')} (default: memory, which needs no server)
  --url URL        the server, for --adapter ioredis (default: ${DEFAULT_URL})
  --requests N     how many requests, 1 to 1,000,000 (default: ${DEFAULT_REQUESTS.toLocaleString('en-US')})
  --seed N         another seed makes another stream of requests (default: ${DEFAULT_SEED})
  --places N       load the N most populous places only, at least 1,000 (default: all of them)
  --help           this text
`;

const OPTIONS = {
  adapter: { type: 'string' },
  url: { type: 'string' },
  requests: { type: 'string' },
  seed: { type: 'string' },
  places: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError */
export function parseArguments(argv: readonly string[]): Arguments {
  // `pnpm demo -- --seed 2` hands the `--` over.
  const given = argv[0] === '--' ? argv.slice(1) : [...argv];
  const { values, tokens } = parseArgs({
    args: given,
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') throw refusal(`unexpected argument '${token.value}'`);
    if (!Object.hasOwn(OPTIONS, token.name)) throw refusal(`unknown option '${token.rawName}'`);
    if (token.name === 'help' && token.value !== undefined) throw refusal('--help takes no value');
    const swallowed = token.inlineValue === false && token.value.startsWith('--');
    if (token.name !== 'help' && (token.value === undefined || token.value === '' || swallowed)) {
      throw refusal(`${token.rawName} needs a value`);
    }
  }
  const adapter = adapterOf(text(values.adapter));
  return {
    adapter,
    url: urlOf(text(values.url), adapter),
    requests: whole('--requests', text(values.requests), 1, 1_000_000) ?? DEFAULT_REQUESTS,
    seed: whole('--seed', text(values.seed), 0, 2 ** 32 - 1) ?? DEFAULT_SEED,
    places: whole('--places', text(values.places), 1_000, 10_000_000),
    help: values.help === true,
  };
}

function adapterOf(name: string | undefined): AdapterName {
  const adapter = ADAPTERS.find((known) => known === (name ?? 'memory'));
  if (adapter === undefined) throw refusal(`unknown adapter '${name}'; there are ${ADAPTERS.join(' and ')}`);
  return adapter;
}

function urlOf(url: string | undefined, adapter: AdapterName): string | undefined {
  if (adapter === 'memory') {
    if (url !== undefined) throw refusal('--url needs a server to go to; add --adapter ioredis');
    return undefined;
  }
  if (url === undefined) return DEFAULT_URL;
  // Never quoted back: it may hold a password.
  const wrong = `--url is not a Redis URL; write it like ${DEFAULT_URL}, or rediss:// for TLS`;
  if (!URL.canParse(url)) throw refusal(wrong);
  const { protocol, hostname } = new URL(url);
  if (!['redis:', 'rediss:'].includes(protocol) || hostname === '') throw refusal(wrong);
  return url;
}

function whole(name: string, given: string | undefined, min: number, max: number): number | undefined {
  if (given === undefined) return undefined;
  const number = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
  if (number >= min && number <= max) return number;
  const range = `${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')}`;
  throw refusal(`${name} must be a whole number from ${range}, not '${given}'`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function refusal(message: string): UsageError {
  return new UsageError(`${message} (--help lists the options)`);
}
