import { bufferOf, type Hear, type OnceClient } from '@cache/redis-shared';
import type { NodeRedisClient, NodeRedisListener } from './client.ts';

/** A client that was made with `guardedOptions`. @param hear as it was made with */
export function onceClient(client: NodeRedisClient, hear: Hear | undefined): OnceClient {
  const heard: NodeRedisListener | undefined =
    hear && ((message, channel) => hear(channel.toString(), message));
  let over = false;
  // One that was ended while its socket was being made comes up nevertheless, and would greet without a bound.
  client.on('connect', () => {
    if (over) client.destroy();
  });
  return {
    // Without a listener the process would end. An error of the decoder comes while the socket is open: what follows
    // cannot be told apart any more, so that is an end, too.
    onError: (listener) => client.on('error', listener),
    connect: () => client.connect(),
    hand(command) {
      const [name, channel] = command;
      // The driver follows subscriptions, and takes the replies to them from nobody else.
      if (heard !== undefined && (name === 'subscribe' || name === 'unsubscribe')) {
        return client[name](String(channel), heard, true);
      }
      return client.sendCommand(command.map(bufferOf));
    },
    destroy() {
      over = true;
      client.destroy();
    },
  };
}
