import type { IoredisClient } from './client.ts';

/**
 * Bounds how long a connection may take until it is ready. The driver bounds the connecting alone: a peer that accepts
 * and is silent would be waited for as long as for any answer.
 */
export function boundGreeting(client: IoredisClient, ms: number, tell: (cause: Error) => void): void {
  let timer: NodeJS.Timeout | undefined;
  client.on('connecting', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      tell(new Error(`the server did not greet within ${ms} ms`));
      client.disconnect(true);
    }, ms);
  });
  for (const event of ['ready', 'close', 'end']) client.on(event, () => clearTimeout(timer));
}
