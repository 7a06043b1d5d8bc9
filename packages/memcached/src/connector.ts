import { type Clock, type ConnectSettings, KEEP_ALIVE_MS } from '@cache/core';
import type { LinkTo } from '@cache/memcached-shared';
import { Server } from 'memjs';
import { joinOnce } from './chunks.ts';
import { guardedOptions, type MemjsServer } from './client.ts';
import { MemjsLink } from './link.ts';

/** Makes links, all guarded alike. */
export function connector(settings: ConnectSettings, clock: Clock): LinkTo {
  const options = guardedOptions(settings.keepAliveMs ?? KEEP_ALIVE_MS);
  return ({ host, port, username, password }, listener) => {
    const server = new Server(host, port, username, password, options) as unknown as MemjsServer;
    // It takes credentials from the environment otherwise, and would send them to whatever server.
    server.username = username;
    server.password = password;
    server.appendToBuffer = joinOnce(server);
    return new MemjsLink(server, settings, clock, listener);
  };
}
