import { createClient } from 'redis';

/** A driver's client as callers make it: connected, with the driver's defaults and a listener of errors. */
export async function connected(url: string, options: object = {}) {
  const client = createClient({ ...options, url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** What `connected` gives. */
export type DriverClient = Awaited<ReturnType<typeof connected>>;
