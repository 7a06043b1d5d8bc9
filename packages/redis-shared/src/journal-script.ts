import type { RedisArgument, RedisCommand } from './link.ts';

/** The keys of a journal, in one slot. */
export interface JournalKeys {
  /** A stream: what is kept. */
  readonly log: string;
  /** A hash that never ends: the last `fence` and the last `sequence`. */
  readonly last: string;
  /** Who drains, for as long as the lease lasts. */
  readonly holder: string;
}

/** The command that runs a script on the keys of a journal. By its text, as in `scriptCommand`. */
export function journalCommand(script: string, keys: JournalKeys, ...args: RedisArgument[]): RedisCommand {
  return ['EVAL', script, '3', keys.log, keys.last, keys.holder, ...args];
}

// Numbers of 16 digits are exact in Lua and in JavaScript; %.0f writes them whole.
const NEXT: string = `
local time = redis.call('TIME')
local function next(field)
  local last = tonumber(redis.call('HGET', KEYS[2], field) or '0')
  return math.max(last + 1, time[1] * 1000000 + time[2])
end`;

// A tenure ends when the next one begins, not when its lease does: until then nobody else can have done anything.
const IS_OURS: string = `redis.call('HGET', KEYS[2], 'fence') == ARGV[1]`;

/** ARGV: token, lease in ms. The fence, or nil while somebody else has the lease. */
export const CLAIM: string = `${NEXT}
local holder = redis.call('GET', KEYS[3])
if holder and holder ~= ARGV[1] then return false end
local fence = string.format('%.0f', next('fence'))
redis.call('HSET', KEYS[2], 'fence', fence)
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
return fence`;

/** ARGV: fence, token, lease in ms. Whether the tenure goes on. */
export const RENEW: string = `
if not (${IS_OURS}) then return 0 end
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
return 1`;

/** ARGV: fence, token. Lets others claim at once. */
export const RELEASE: string = `
if ${IS_OURS} and redis.call('GET', KEYS[3]) == ARGV[2] then redis.call('DEL', KEYS[3]) end
return 1`;

/** ARGV: fence, records. The sequence of the first, those of the others follow it; nil after the tenure. */
export const APPEND: string = `${NEXT}
if not (${IS_OURS}) then return false end
local first = next('sequence')
for index = 2, #ARGV do
  redis.call('XADD', KEYS[1], string.format('%.0f-0', first + index - 2), 'r', ARGV[index])
end
redis.call('HSET', KEYS[2], 'sequence', string.format('%.0f', first + #ARGV - 2))
return string.format('%.0f', first)`;

/** ARGV: fence, ids. Whether the tenure goes on. */
export const ACKNOWLEDGE: string = `
if not (${IS_OURS}) then return 0 end
for index = 2, #ARGV do redis.call('XDEL', KEYS[1], ARGV[index]) end
return 1`;

/** ARGV: fence, first id, most. What is kept from there on; nil after the tenure. */
export const READ: string = `
if not (${IS_OURS}) then return false end
return redis.call('XRANGE', KEYS[1], ARGV[2], '+', 'COUNT', ARGV[3])`;
