import { type Address, addressOf } from './address.ts';
import { LinkFailure, type RedisReply } from './link.ts';

/** Why a command was certainly not carried out, and what is to be done about it. */
export type Redirect =
  /** The slot has another owner. */
  | { readonly kind: 'moved'; readonly to: Address }
  /** The slot is being moved, and this key is there already, if anywhere. */
  | { readonly kind: 'ask'; readonly to: Address }
  /** The slot is being moved, and some of the keys are here and some there. */
  | { readonly kind: 'split' }
  /** Nobody can serve the slot at present, or the connection was gone before the command. */
  | { readonly kind: 'wait' };

/** What a reply says of where to go; undefined = it is an answer. @param from who answered */
export function redirectOf(reply: RedisReply, from: Address): Redirect | undefined {
  if (!(reply instanceof Error)) return undefined;
  if (reply instanceof LinkFailure) return reply.sent ? undefined : { kind: 'wait' };
  const [word, , where = ''] = reply.message.split(' ');
  switch (word) {
    case 'MOVED':
      return { kind: 'moved', to: addressOf(where, from.host) };
    case 'ASK':
      return { kind: 'ask', to: addressOf(where, from.host) };
    case 'TRYAGAIN':
      return { kind: 'split' };
    case 'CLUSTERDOWN':
      return { kind: 'wait' };
    default:
      return undefined;
  }
}
