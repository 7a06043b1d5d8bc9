import { pause, type Trouble } from '../../../core/test/tiers/trouble.ts';
import type { Treatment } from './troubled-line.ts';
import type { TroubledServer } from './troubled-server.ts';

/** Messages to all, and the answers to heartbeats where they are held, are treated so for a while. */
function treated(says: string, server: TroubledServer, treatment: Treatment, ms: number): Trouble {
  return {
    says,
    async happen() {
      for (const line of server.lines) line.treat(treatment);
      await pause(ms);
      for (const line of server.lines) line.treat(undefined);
      return undefined;
    },
  };
}

/** What happens to caches and their server, one after the other. */
export function troublesOf(server: TroubledServer): Trouble[] {
  return [
    {
      says: 'one is frozen past its heartbeat, and goes on before it hears anything',
      async happen(target) {
        target.pause();
        await pause(2000);
        target.goOn();
        return undefined;
      },
    },
    {
      says: 'all connections are cut',
      async happen() {
        await server.breakFor(50, false);
        return undefined;
      },
    },
    treated('what the server says is held back for a while', server, 'held', 400),
    treated('messages are lost', server, 'dropped', 1500),
    treated('messages come twice', server, 'doubled', 1500),
    treated('messages come out of order', server, 'shuffled', 1500),
    treated('the bus is silent for longer than it may be', server, 'held', 1500),
    {
      says: 'the server ends and comes back empty',
      async happen() {
        await server.breakFor(300, true);
        return undefined;
      },
    },
  ];
}
